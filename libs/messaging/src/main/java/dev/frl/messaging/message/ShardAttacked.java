package dev.frl.messaging.message;

import dev.frl.core.errors.Tally;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.Selection;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;

/**
 * An attacker finished one shard.
 *
 * @param runId run
 * @param part which images
 * @param epoch whose weights were attacked
 * @param shard from 0
 * @param attempt that it answers
 * @param selection which of the run's weights these are
 * @param weightsSha256 of the weights attacked, 64 hex digits
 * @param tally what was seen
 * @param engine that attacked, as its own description says
 * @param host that attacked
 * @param device that computed
 * @param duration of the attack; whole milliseconds travel
 * @param at when the attack ended, by the attacker's clock; whole milliseconds travel
 */
public record ShardAttacked(
        String runId,
        Part part,
        int epoch,
        int shard,
        int attempt,
        Selection selection,
        String weightsSha256,
        Tally tally,
        String engine,
        String host,
        String device,
        Duration duration,
        Instant at) {

    /** The event that the controller makes of it once it is counted. */
    public RunEvent.ShardCounted decidedAt(Instant decision) {
        return new RunEvent.ShardCounted(runId, part, epoch, shard, tally, duration, host, decision);
    }
}
