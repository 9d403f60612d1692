package dev.frl.checkpoint;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.util.Locale;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * A directory that appears whole or not at all. It is filled under a hidden name in the same parent; every file and the directory
 * are forced to disk; then it is renamed, and the parent is forced to disk. A crash at any point leaves nothing, or a hidden
 * directory that {@link #clean} removes.
 */
final class AtomicDirectory {
    private static final Pattern HIDDEN = Pattern.compile("\\.[a-z]+-?[0-9]*\\.[0-9a-f-]{36}\\.tmp");
    private static final int BUFFER = 1 << 16;

    private final Path temporary;
    private final Path target;
    private final Steps steps;

    private AtomicDirectory(Path temporary, Path target, Steps steps) {
        this.temporary = temporary;
        this.target = target;
        this.steps = steps;
    }

    /** Called after each operation on the disk; tests simulate a power cut or a full disk there. */
    interface Steps {
        Steps NONE = step -> {};

        void done(String step) throws IOException;
    }

    /** Writes one file's bytes; neither flushes nor closes. */
    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    static AtomicDirectory at(Path target, Steps steps) throws IOException {
        var temporary = hidden(target, target.getFileName().toString());
        Files.createDirectory(temporary);
        return new AtomicDirectory(temporary, target, steps);
    }

    /** Adds a file and forces it to disk. */
    Manifest.Entry add(String name, Content content) throws IOException {
        var file = temporary.resolve(name);
        var digest = Sha256.digest();
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var out =
                    new BufferedOutputStream(new DigestOutputStream(Channels.newOutputStream(channel), digest), BUFFER);
            content.writeTo(out);
            out.flush();
            steps.done("write " + name);
            channel.force(true);
            steps.done("force " + name);
            return new Manifest.Entry(channel.size(), Sha256.hex(digest));
        }
    }

    /** Makes the directory visible. @throws IOException if the target exists already, or the disk failed */
    void appear() throws IOException {
        force(temporary);
        steps.done("force directory");
        Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        steps.done("rename directory");
        force(parent(target));
        steps.done("force parent");
    }

    /** Deletes the hidden directory. */
    void discard() throws IOException {
        delete(temporary);
    }

    /** Forces a directory's entries to disk. */
    static void force(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /**
     * Removes leftovers of interrupted writes from this directory. A run has one writer at a time; if there is a second one, its
     * write fails with an error.
     */
    static void clean(Path directory) throws IOException {
        try (var found = Files.newDirectoryStream(directory, ".*.tmp")) {
            for (var leftover : found) {
                if (HIDDEN.matcher(leftover.getFileName().toString()).matches()) {
                    delete(leftover);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /**
     * Renames the directory before it deletes the files. If its writer is still alive, either the writer's rename came first and
     * nothing is deleted, or the writer's rename fails: a directory that loses files is never published.
     */
    static void delete(Path directory) throws IOException {
        var trash = hidden(directory, "trash");
        try {
            Files.move(directory, trash, StandardCopyOption.ATOMIC_MOVE);
            try (var files = Files.newDirectoryStream(trash)) {
                for (var file : files) {
                    Files.deleteIfExists(file);
                }
            }
            Files.deleteIfExists(trash);
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        } catch (NoSuchFileException e) {
            // Published, or cleaned by another process.
        }
    }

    private static Path hidden(Path sibling, String name) {
        return sibling.resolveSibling(String.format(Locale.ROOT, ".%s.%s.tmp", name, UUID.randomUUID()));
    }

    private static Path parent(Path path) {
        var parent = path.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(path + " has no parent");
        }
        return parent;
    }
}
