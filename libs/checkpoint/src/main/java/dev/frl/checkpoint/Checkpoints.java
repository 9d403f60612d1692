package dev.frl.checkpoint;

import dev.frl.engine.net.NamedTensors;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Checkpoints of runs, in a folder or an object store. A checkpoint appears whole or not at all, and never changes. If the same
 * checkpoint is written again, for example by a restarted trainer, the first one is kept. If two write different checkpoints for
 * one epoch, the second gets an error. Everything that is read is verified by its SHA-256. Safe for several threads and processes.
 */
public interface Checkpoints {
    /**
     * Opens the places that a worker's settings name.
     *
     * @param root folder or object store, such as {@code s3://bucket/prefix}, to which checkpoints are written
     * @param readable further folders and object stores to read from, separated as in PATH; may be empty
     * @param environment settings of object stores
     * @throws IllegalArgumentException if a place or a setting is invalid; the message names it
     */
    static Checkpoints open(String root, String readable, Map<String, String> environment) {
        return RoutedCheckpoints.open(root, readable, environment);
    }

    /**
     * The location of weights that a message or a spec names.
     *
     * @throws CheckpointException REFUSED if the text is no location
     */
    static URI location(String text) {
        return Locations.parse(text);
    }

    /**
     * Checks that checkpoints can be read at all.
     *
     * @throws CheckpointException UNREADABLE; says how to mend it
     */
    void requireUsable();

    /** Why there can be no checkpoint at this moment: all folders for them are missing. Empty if one is there, and for object stores. */
    default Optional<String> absent() {
        return Optional.empty();
    }

    /**
     * Writes a checkpoint. When this method returns, the checkpoint survives a crash.
     *
     * @param runId letters, digits, {@code . _ -}; at most 200, not starting with a dot
     * @param epoch 0 is the warm start
     * @throws CheckpointException CONFLICT if the epoch exists with other content; NOT_WRITTEN if disk or store failed; REFUSED
     *     if the run id is invalid
     */
    StoredCheckpoint write(String runId, int epoch, Checkpoint checkpoint);

    /** The complete checkpoint of the highest epoch; incomplete and damaged ones are skipped. */
    default Optional<StoredCheckpoint> latest(String runId) {
        return latest(runId, Integer.MAX_VALUE);
    }

    /** The complete checkpoint of the highest epoch up to this one; incomplete and damaged ones are skipped. */
    Optional<StoredCheckpoint> latest(String runId, int atMost);

    /** The complete checkpoints of a run, by epoch; incomplete and damaged ones are skipped. */
    List<StoredCheckpoint> list(String runId);

    /** Epochs of a run of which there is anything, in order: complete, damaged or half deleted. */
    List<Integer> epochs(String runId);

    /** The checkpoint of an epoch; empty if it does not exist or is incomplete. Checksums of large files are not verified. */
    Optional<StoredCheckpoint> find(String runId, int epoch);

    /**
     * Reads and verifies a whole checkpoint, to resume training.
     *
     * @throws CheckpointException MISSING, ALTERED or UNREADABLE; names the file
     */
    Checkpoint read(String runId, int epoch);

    /**
     * Deletes the checkpoint of an epoch, complete or not. A crash in between leaves the checkpoint, or none and perhaps files
     * that the next call for the same epoch deletes.
     *
     * @return whether something was deleted
     * @throws CheckpointException NOT_WRITTEN if disk or store failed
     */
    boolean delete(String runId, int epoch);

    /**
     * Reads announced weights and verifies that they are the announced ones, to the bit.
     *
     * @param location a checkpoint's location, where the checksum selects model or averaged weights; or a safetensors file.
     *     Must be below one of the places that may be read
     * @param sha256 SHA-256 of the file, 64 hex digits
     * @throws CheckpointException REFUSED, MISSING, DELETED, ALTERED or UNREADABLE
     */
    NamedTensors loadModel(URI location, String sha256);

    /**
     * Reads a file of weights without a known checksum, such as a user's own warm start; up to 4 GiB.
     *
     * @param location a safetensors file below one of the places that may be read
     * @throws CheckpointException REFUSED, MISSING, DELETED or UNREADABLE
     */
    Safetensors.Contents readWeights(URI location);
}
