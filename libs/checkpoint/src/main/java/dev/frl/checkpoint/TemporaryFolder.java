package dev.frl.checkpoint;

import dev.frl.core.failure.FileTrouble;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A folder on this machine for the files of one checkpoint on their way to or from an object store; deleted when closed. */
final class TemporaryFolder implements AutoCloseable {
    private final Path path;

    private TemporaryFolder(Path path) {
        this.path = path;
    }

    /** @throws IOException with the folder, and what to do */
    static TemporaryFolder create() throws IOException {
        try {
            return new TemporaryFolder(Files.createTempDirectory("frl-checkpoint-"));
        } catch (IOException e) {
            throw explained(e);
        }
    }

    /** A failure to write in this folder. */
    static IOException explained(IOException e) {
        return new IOException(
                String.format(
                        Locale.ROOT,
                        "the folder for temporary files, %s, cannot take a copy of the checkpoint: %s; or name another with JDK_JAVA_OPTIONS=-Djava.io.tmpdir=FOLDER",
                        System.getProperty("java.io.tmpdir"),
                        FileTrouble.words(e)),
                e);
    }

    Path resolve(String name) {
        return path.resolve(name);
    }

    /** Leaves what cannot be deleted to the machine's own cleaning. */
    @Override
    public void close() {
        try (var files = Files.newDirectoryStream(path)) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(path);
        } catch (IOException | DirectoryIteratorException e) {
            path.toFile().deleteOnExit();
        }
    }
}
