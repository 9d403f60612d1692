package dev.frl.core.settings;

import java.time.Duration;

/**
 * How long a run waits, and how often it retries. Time during which the controller was down does not count.
 *
 * @param epoch for a sign of progress from the trainer or an attacker, before the work is given out again, {@link #RANGE}
 * @param queue for a trainer to take the run at all, {@link #RANGE}
 * @param maxAttempts how often in a row work may fail before the run fails, {@link #ATTEMPTS_RANGE}
 * @param minShardFraction share of a validation's shards with which it may end once the epoch's deadline has passed,
 *     {@link #FRACTION_RANGE}; 1 for all of them
 */
public record Deadlines(Duration epoch, Duration queue, int maxAttempts, double minShardFraction) {
    public static final Range RANGE = Range.fromTo(Duration.ofSeconds(1), Duration.ofDays(30));
    public static final Range ATTEMPTS_RANGE = Range.fromTo(1, 100);
    public static final Range FRACTION_RANGE = Range.openClosed(0, 1);
    public static final Deadlines DEFAULT = new Deadlines(Duration.ofMinutes(10), Duration.ofDays(7), 3, 1);

    public Deadlines {
        new Problems()
                .in(RANGE, "epochDeadline", epoch)
                .in(RANGE, "queueDeadline", queue)
                .in(ATTEMPTS_RANGE, "maxAttempts", maxAttempts)
                .in(FRACTION_RANGE, "minShardFraction", minShardFraction)
                .throwIfAny();
    }
}
