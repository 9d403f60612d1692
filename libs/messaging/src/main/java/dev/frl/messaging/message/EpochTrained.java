package dev.frl.messaging.message;

import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.RunEvent;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A trainer finished an epoch and wrote its weights.
 *
 * @param runId run
 * @param epoch from 0, the warm start or the fresh weights
 * @param attempt of the assignment that it answers
 * @param weights as trained
 * @param averaged null unless weights are averaged
 * @param manifest what the split holds
 * @param loss mean training loss over the epoch's batches; null for epoch 0, NaN if training diverged
 * @param duration of the epoch's training, checkpoint not counted; whole milliseconds travel
 * @param host that trained
 * @param engine that trained, as its own description says
 * @param at when the epoch ended, by the trainer's clock; whole milliseconds travel
 */
public record EpochTrained(
        String runId,
        int epoch,
        int attempt,
        CheckpointRef weights,
        @Nullable CheckpointRef averaged,
        DataManifest manifest,
        @Nullable Double loss,
        Duration duration,
        String host,
        String engine,
        Instant at) {

    /** The event that the controller makes of it. */
    public RunEvent.EpochTrained decidedAt(Instant decision) {
        return new RunEvent.EpochTrained(
                runId, epoch, attempt, weights, averaged, manifest, loss, duration, host, engine, decision);
    }
}
