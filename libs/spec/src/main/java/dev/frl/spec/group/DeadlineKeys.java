package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.DURATION;
import static dev.frl.spec.key.ValueType.INTEGER;
import static dev.frl.spec.key.ValueType.NUMBER;

import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.Deadlines;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import java.time.Duration;

/** {@code spec.schedule}: priority, deadlines and retries. */
public final class DeadlineKeys {
    private DeadlineKeys() {}

    static final Section SECTION = new Section();
    private static final Group SCHEDULE =
            SECTION.group("spec.schedule", "When a run is trained, how long it waits, and how often it retries.");

    public static final Key<Duration> EPOCH_DEADLINE = SCHEDULE.key("epochDeadline", DURATION)
            .in(Deadlines.RANGE)
            .byDefault(Deadlines.DEFAULT.epoch())
            .from(s -> s.deadlines().epoch())
            .means(
                    "Longest time without a report of progress from the trainer or an attacker, before the work is given out"
                            + " again. Work that goes on may take longer.");
    public static final Key<Duration> QUEUE_DEADLINE = SCHEDULE.key("queueDeadline", DURATION)
            .in(Deadlines.RANGE)
            .byDefault(Deadlines.DEFAULT.queue())
            .from(s -> s.deadlines().queue())
            .means("Time for a trainer to start the run, and for an attacker to take shards of an evaluation.");
    public static final Key<Integer> MAX_ATTEMPTS = SCHEDULE.key("maxAttempts", INTEGER)
            .in(Deadlines.ATTEMPTS_RANGE)
            .byDefault(Deadlines.DEFAULT.maxAttempts())
            .from(s -> s.deadlines().maxAttempts())
            .means(
                    "Number of failures in a row after which the run fails. Failures of a host that lacks something, such as data or"
                            + " memory, do not count: the run waits for another host, or for this one to be mended.");

    public static final Key<Double> MIN_SHARD_FRACTION = SCHEDULE.key("minShardFraction", NUMBER)
            .in(Deadlines.FRACTION_RANGE)
            .byDefault(Deadlines.DEFAULT.minShardFraction())
            .from(s -> s.deadlines().minShardFraction())
            .omittedAtDefault()
            .means(
                    "Share of an epoch's validation shards that is enough once `epochDeadline` has passed without progress. Below 1, an"
                            + " epoch may be evaluated on a part of its images; it is marked as partial wherever it shows. Tests are always whole.");

    /** The same for all runs of an experiment, and no part of their settings: it changes nothing that is trained. */
    public static final Key<Integer> PRIORITY = SCHEDULE.key("priority", INTEGER)
            .in(RunPlan.PRIORITY_RANGE)
            .byDefault(RunPlan.PRIORITY)
            .means("Runs of a higher priority get a trainer first. Experiments of the same priority take turns.");

    public static Deadlines settings(Resolution r) {
        return r.build(
                SCHEDULE.path(),
                g -> new Deadlines(
                        g.get(EPOCH_DEADLINE), g.get(QUEUE_DEADLINE), g.get(MAX_ATTEMPTS), g.get(MIN_SHARD_FRACTION)));
    }
}
