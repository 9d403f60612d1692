package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.engine.net.NamedTensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Reads safetensors files and compares them with the SHA-256 that was announced. */
final class VerifiedWeights {
    private VerifiedWeights() {}

    /**
     * Reads a file.
     *
     * @param name what messages call the file
     * @throws CheckpointException MISSING, ALTERED or UNREADABLE
     */
    static NamedTensors read(Path file, String name, String sha256) {
        Safetensors.Contents contents;
        try {
            contents = Safetensors.read(file, name, Safetensors.Limits.DEFAULT);
        } catch (CheckpointException e) {
            // A wrong checksum explains the failure better than the rule of the format that is broken.
            requireSum(file, name, sha256, e);
            throw e;
        }
        if (!contents.sha256().equals(sha256)) {
            throw altered(name, sha256, contents.sha256());
        }
        return contents.tensors();
    }

    private static void requireSum(Path file, String name, String expected, CheckpointException cause) {
        if (cause.reason() == Reason.MISSING || !Files.isRegularFile(file)) {
            return;
        }
        try {
            var found = Sha256.of(file);
            if (!found.equals(expected)) {
                throw altered(name, expected, found);
            }
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }

    private static CheckpointException altered(String name, String expected, String found) {
        return new CheckpointException(
                Reason.ALTERED,
                String.format(
                        Locale.ROOT,
                        "%s is not the file that was announced: expected SHA-256 %s, found %s. Restore it, or go back to an earlier epoch",
                        name,
                        expected,
                        found));
    }
}
