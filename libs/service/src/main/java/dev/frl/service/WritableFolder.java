package dev.frl.service;

import dev.frl.core.failure.FileTrouble;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Checks at the start of a service that it can write where it must: a volume of another user would fail its first run. */
public final class WritableFolder {
    private WritableFolder() {}

    /**
     * Creates the folder if it is missing, and a file in it, which it deletes.
     *
     * @param variable environment variable that the folder comes from
     * @throws IllegalArgumentException if that fails; the message names variable, folder, user and reason, and says what to do
     */
    public static void require(String variable, Path folder) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, ".writable", null));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "%s: user %s cannot write to %s: %s; or set %s to another folder",
                            variable,
                            user(),
                            folder,
                            FileTrouble.words(e),
                            variable),
                    e);
        }
    }

    /** The number of the user, since users of containers often have no name. */
    private static String user() {
        try {
            return String.valueOf(Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
        } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
            return System.getProperty("user.name");
        }
    }
}
