package dev.frl.service;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
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
                            "%s: user %s cannot write to %s: %s. Give the folder or volume to that user (chown; in Kubernetes"
                                    + " securityContext.fsGroup), mount it writable, or set %s to another folder",
                            variable,
                            user(),
                            folder,
                            reason(e),
                            variable),
                    e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : String.valueOf(e.getMessage());
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
