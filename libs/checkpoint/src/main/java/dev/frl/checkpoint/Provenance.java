package dev.frl.checkpoint;

import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Origin of weights, and the architecture that they fit.
 *
 * @param architecture name of the architecture, as in specs
 * @param inputShape shape of one image: [C, H, W]
 * @param classes number of classes
 * @param specSha256 SHA-256 of the canonical resolved spec, 64 hex digits
 * @param engine name of the engine that trained it
 * @param created when the epoch ended; ignored when two checkpoints are compared
 */
public record Provenance(
        String architecture, List<Integer> inputShape, int classes, String specSha256, String engine, Instant created) {
    public Provenance {
        inputShape = List.copyOf(inputShape);
        if (architecture.isBlank() || engine.isBlank()) {
            throw new IllegalArgumentException("architecture and engine must be named");
        }
        if (inputShape.size() != 3 || inputShape.stream().anyMatch(size -> size < 1) || classes < 1) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "expected an input shape [C, H, W] and at least one class, got %s and %d",
                    inputShape,
                    classes));
        }
        if (!Sha256.isOne(specSha256)) {
            throw new IllegalArgumentException("specSha256 must be 64 hex digits, got " + specSha256);
        }
    }

    boolean sameButForTime(Provenance other) {
        return equals(new Provenance(
                other.architecture, other.inputShape, other.classes, other.specSha256, other.engine, created));
    }
}
