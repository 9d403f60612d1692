package dev.frl.checkpoint;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A complete checkpoint on disk, as it is announced to others.
 *
 * @param runId the run
 * @param epoch 0 is the warm start
 * @param location of its directory; with one of the sums below it names weights, see {@link CheckpointStore#loadModel}
 * @param modelSha256 of {@code model.safetensors}, 64 hex digits
 * @param averagedSha256 of {@code averaged.safetensors}, or null if the run does not average
 */
public record StoredCheckpoint(
        String runId,
        int epoch,
        URI location,
        String modelSha256,
        @Nullable String averagedSha256) {}
