package dev.frl.checkpoint;

import dev.frl.core.run.CheckpointRef;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * A complete checkpoint on disk.
 *
 * @param runId the run
 * @param epoch 0 is the warm start
 * @param location URI of the checkpoint's directory
 * @param modelSha256 SHA-256 of {@code model.safetensors}, 64 hex digits
 * @param averagedSha256 SHA-256 of {@code averaged.safetensors}; null if the run does not average weights
 */
public record StoredCheckpoint(
        String runId,
        int epoch,
        URI location,
        String modelSha256,
        @Nullable String averagedSha256) {
    /** Reference to the weights as trained, for {@link CheckpointStore#loadModel}. */
    public CheckpointRef model() {
        return new CheckpointRef(location + "/" + Manifest.MODEL, modelSha256);
    }

    /** Reference to the averaged weights; null if the run does not average weights. */
    public @Nullable CheckpointRef averaged() {
        return averagedSha256 == null ? null : new CheckpointRef(location + "/" + Manifest.AVERAGED, averagedSha256);
    }
}
