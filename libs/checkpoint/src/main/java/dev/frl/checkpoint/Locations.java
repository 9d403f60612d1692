package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.core.HumanText;
import dev.frl.core.failure.FileTrouble;
import dev.frl.core.settings.WeightsLocation;
import java.io.IOException;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Converts locations from messages to paths, and refuses locations outside of the configured folders. Refused are schemes other
 * than {@code file:}, what {@link WeightsLocation} refuses, and symbolic links that lead outside.
 */
final class Locations {
    private static final int LONGEST_SHOWN = 200;

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
        require(location.toString());
        if (!"file".equalsIgnoreCase(location.getScheme())) {
            throw refused(location, "expected file:/…");
        }
        try {
            return Path.of(location.getPath());
        } catch (InvalidPathException e) {
            throw refused(location, "it is not a path");
        }
    }

    /** The location that a message or a spec names. @throws CheckpointException REFUSED if the text is none */
    static URI parse(String text) {
        require(text);
        return URI.create(text);
    }

    private static void require(String text) {
        WeightsLocation.problem(text).ifPresent(problem -> {
            throw refused(text, problem);
        });
    }

    private static Path realOrSame(Path root) {
        try {
            return root.toRealPath();
        } catch (IOException e) {
            return root; // does not exist yet, so it contains no files
        }
    }

    static CheckpointException refused(URI location, String why) {
        return refused(location.toString(), why);
    }

    private static CheckpointException refused(String location, String why) {
        return new CheckpointException(
                Reason.REFUSED,
                String.format(
                        Locale.ROOT,
                        "checkpoint location %s is refused: %s. A worker reads only below its FRL_CHECKPOINTS and FRL_CHECKPOINT_ROOTS",
                        HumanText.cut(location, LONGEST_SHOWN).replaceAll("\\p{Cc}", "?"),
                        why));
    }
}
