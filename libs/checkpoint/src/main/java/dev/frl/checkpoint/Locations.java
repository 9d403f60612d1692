package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.failure.FileTrouble;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Converts locations from messages to paths, and refuses locations outside of the configured folders. Refused are schemes other
 * than {@code file:}, other hosts, {@code .} and {@code ..}, and symbolic links that lead outside.
 */
final class Locations {
    private final List<Path> roots;

    /** @param roots folders that contain all allowed locations; need not exist yet */
    Locations(List<Path> roots) {
        this.roots =
                roots.stream().map(root -> root.toAbsolutePath().normalize()).toList();
    }

    /**
     * Converts a location.
     *
     * @return real path of the location, with symbolic links resolved
     * @throws CheckpointException REFUSED, or MISSING if it is allowed but does not exist
     */
    Path resolve(URI location) {
        var path = path(location);
        // Checked before the disk is accessed, so that the error does not reveal which files exist outside.
        if (roots.stream().noneMatch(root -> path.startsWith(root) || path.startsWith(realOrSame(root)))) {
            throw refused(location, "it lies outside of the folders for checkpoints, " + roots);
        }
        try {
            var real = path.toRealPath();
            if (roots.stream().noneMatch(root -> real.startsWith(realOrSame(root)))) {
                throw refused(location, "a symbolic link leads out of the folders for checkpoints, " + roots);
            }
            return real;
        } catch (NoSuchFileException e) {
            throw new CheckpointException(
                    Reason.MISSING,
                    String.format(
                            Locale.ROOT,
                            "checkpoint %s is missing; if it was written on another machine, is the volume shared and mounted?",
                            location),
                    e);
        } catch (IOException e) {
            throw new CheckpointException(
                    Reason.UNREADABLE,
                    String.format(Locale.ROOT, "checkpoint %s cannot be reached: %s", location, FileTrouble.words(e)),
                    e);
        }
    }

    private static Path path(URI location) {
        var scheme = location.getScheme();
        if (scheme == null || !scheme.toLowerCase(Locale.ROOT).equals("file")) {
            throw refused(location, "expected file:/…");
        }
        if (location.getRawAuthority() != null || location.getRawQuery() != null || location.getRawFragment() != null) {
            throw refused(location, "expected a path without host, query and fragment");
        }
        var text = location.getPath(); // decoded: %2e%2e is found as well
        if (text == null || !text.startsWith("/")) {
            throw refused(location, "expected an absolute path");
        }
        for (var segment : text.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                throw refused(location, "it must not contain . or ..");
            }
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw refused(location, "it is not a path");
        }
    }

    private static Path realOrSame(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            return root; // does not exist yet, so it contains no files
        }
    }

    private static CheckpointException refused(URI location, String why) {
        return new CheckpointException(
                Reason.REFUSED, String.format(Locale.ROOT, "checkpoint location %s is refused: %s", location, why));
    }
}
