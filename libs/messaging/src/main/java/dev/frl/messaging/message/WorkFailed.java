package dev.frl.messaging.message;

import dev.frl.core.settings.Part;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A trainer or an attacker gave up a piece of work.
 *
 * @param runId run
 * @param work what was given up
 * @param attempt that failed, from 1
 * @param reason what went wrong, for people
 * @param retryable whether another attempt may succeed
 * @param host that gave up
 * @param at when, by that host's clock; whole milliseconds travel
 */
public record WorkFailed(
        String runId, Work work, int attempt, String reason, boolean retryable, String host, Instant at) {

    /** A piece of work. */
    public sealed interface Work {
        /** The epoch that was being trained or attacked, from 0. */
        int epoch();
    }

    /** Training of the run. */
    public record Training(int epoch) implements Work {}

    /**
     * One shard of an evaluation.
     *
     * @param part which images
     * @param epoch whose weights were attacked
     * @param shard from 0
     */
    public record Shard(Part part, int epoch, int shard) implements Work {}

    /** A training that failed. */
    public static WorkFailed training(
            RunAssigned assigned, int epoch, @Nullable String reason, boolean retryable, String host, Instant at) {
        return new WorkFailed(
                assigned.plan().runId(), new Training(epoch), assigned.attempt(), text(reason), retryable, host, at);
    }

    /** A shard that failed. */
    public static WorkFailed shard(
            AttackShard shard, @Nullable String reason, boolean retryable, String host, Instant at) {
        var work = new Shard(shard.part(), shard.epoch(), shard.shard());
        return new WorkFailed(shard.runId(), work, shard.attempt(), text(reason), retryable, host, at);
    }

    private static String text(@Nullable String reason) {
        return reason == null || reason.isBlank() ? "no reason was given" : reason;
    }
}
