package dev.frl.checkpoint;

import dev.frl.core.checkpoint.CheckpointRef;
import java.net.URI;
import java.util.function.BinaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A complete checkpoint in a folder or an object store.
 *
 * @param runId the run
 * @param epoch 0 is the warm start
 * @param location URI of the checkpoint
 * @param model reference to the weights as trained, for {@link Checkpoints#loadModel}
 * @param averaged reference to the averaged weights; null if the run does not average weights
 */
public record StoredCheckpoint(
        String runId,
        int epoch,
        URI location,
        CheckpointRef model,
        @Nullable CheckpointRef averaged) {
    /** @param nameOf name of a file below the location, from its name in the manifest and its checksum */
    static StoredCheckpoint of(Manifest manifest, URI location, BinaryOperator<String> nameOf) {
        return new StoredCheckpoint(
                manifest.runId(),
                manifest.epoch(),
                location,
                reference(manifest, Manifest.MODEL, location, nameOf),
                manifest.files().containsKey(Manifest.AVERAGED)
                        ? reference(manifest, Manifest.AVERAGED, location, nameOf)
                        : null);
    }

    private static CheckpointRef reference(
            Manifest manifest, String file, URI location, BinaryOperator<String> nameOf) {
        var sha256 = manifest.file(file).sha256();
        return new CheckpointRef(location + "/" + nameOf.apply(file, sha256), sha256);
    }

    /** SHA-256 of the weights as trained, 64 hex digits. */
    public String modelSha256() {
        return model.sha256();
    }

    /** SHA-256 of the averaged weights; null if the run does not average weights. */
    public @Nullable String averagedSha256() {
        return averaged == null ? null : averaged.sha256();
    }
}
