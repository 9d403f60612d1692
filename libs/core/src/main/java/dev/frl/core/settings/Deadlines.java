package dev.frl.core.settings;

import java.time.Duration;

/**
 * How long a run waits, and how often it tries again. Time during which the controller was down does not count.
 *
 * @param epoch for the trainer to finish an epoch, and for the attackers to return the next shard, before the work is given
 *     out again
 * @param queue for a trainer to take the run at all
 * @param maxAttempts how often one piece of work is given out before the run fails, at least 1
 */
public record Deadlines(Duration epoch, Duration queue, int maxAttempts) {
    public static final Deadlines DEFAULT = new Deadlines(Duration.ofMinutes(10), Duration.ofDays(7), 3);

    public Deadlines {
        new Problems()
                .unless(inRange(epoch), "epochDeadline", epoch, "from 1s to 30d")
                .unless(inRange(queue), "queueDeadline", queue, "from 1s to 30d")
                .unless(maxAttempts >= 1 && maxAttempts <= 100, "maxAttempts", maxAttempts, "from 1 to 100")
                .throwIfAny();
    }

    private static boolean inRange(Duration d) {
        return d.compareTo(Duration.ofSeconds(1)) >= 0 && d.compareTo(Duration.ofDays(30)) <= 0;
    }
}
