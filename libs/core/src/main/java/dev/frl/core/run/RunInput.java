package dev.frl.core.run;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A message to a run. It may come late, twice, or from a worker that was replaced. Instants and durations travel as whole milliseconds. */
public sealed interface RunInput {
    /** The run that is told. */
    String runId();

    /** A message from one part of the controller to a run. */
    sealed interface Signal extends RunInput {}

    /**
     * The run is part of an admitted experiment.
     *
     * @param allowance epochs that it may train before it waits for more
     */
    record Plan(RunPlan plan, int allowance) implements Signal {
        /** stub */
        public Plan(RunPlan plan) {
            this(plan, Integer.MAX_VALUE);
        }

        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /** A run starts from the weights of this warm-start run. */
    record Await(String runId, String dependent) implements Signal {}

    /** That run does not wait for this warm-start run any more. */
    record NoLongerAwaited(String runId, String dependent) implements Signal {}

    /** The run may have a trainer now.
     *
     * @param attempt attempt number of the training, as the run asked for it
     */
    record Turn(String runId, int attempt) implements Signal {}

    /** The run may train more epochs.
     *
     * @param epochs epochs that it may train in all
     */
    record Allow(String runId, int epochs) implements Signal {}

    /**
     * An order of a user or of the experiment.
     *
     * @param reason for people, after "stopped: " or "paused: "
     * @param command the user's command, if it was about this run alone; it is answered
     */
    record Order(
            String runId,
            Verb verb,
            String reason,
            @Nullable Command command) implements Signal {}

    /** The warm-start run that this run waits for has finished. */
    record WarmStartReady(String runId, CheckpointRef weights) implements Signal {}

    /** The warm-start run that this run waits for has failed. */
    record WarmStartFailed(String runId, String reason) implements Signal {}

    /**
     * A trainer finished an epoch and wrote its weights. A trainer that resumes the run announces its last epoch again.
     *
     * @param epoch from 0; epoch 0 is the warm start or the initial weights
     * @param attempt attempt number of the assignment
     * @param weights the trained weights
     * @param averaged the averaged weights; null unless weights are averaged
     * @param manifest samples per class in the split
     * @param loss mean training loss over the epoch's images; NaN if training diverged; null for epoch 0, and where the trainer resumed
     *     from the epoch's checkpoint
     * @param duration duration of the epoch's training, without its checkpoint
     * @param host host of the trainer
     * @param engine the engine's description of itself
     * @param at end of the epoch, by the trainer's clock
     */
    record EpochTrained(
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
            Instant at)
            implements RunInput {}

    /**
     * An attacker finished a shard.
     *
     * @param epoch epoch of the attacked weights
     * @param shard number of the shard, from 0
     * @param attempt attempt number of the task
     * @param weightsSha256 SHA-256 of the attacked weights, 64 hex digits
     * @param tally counted predictions
     * @param duration duration of the attack
     * @param host host of the attacker
     * @param engine the engine's description of itself
     * @param at end of the attack, by the attacker's clock
     */
    record ShardAttacked(
            String runId,
            Part part,
            int epoch,
            int shard,
            int attempt,
            String weightsSha256,
            Tally tally,
            Duration duration,
            String host,
            String engine,
            Instant at)
            implements RunInput {}

    /**
     * A worker reports how far its work is; at most every few seconds, and only after it did some work.
     *
     * @param attempt attempt number of the assignment or the task
     * @param share share of the work that is done, in [0, 1]; of the epoch for training
     * @param imagesPerSecond rate; NaN if it is not known yet
     * @param host host of the worker
     * @param at time of the report, by the worker's clock
     */
    record WorkProgressed(
            String runId, Work work, int attempt, double share, double imagesPerSecond, String host, Instant at)
            implements RunInput {
        /** @throws IllegalArgumentException if the share is outside [0, 1] */
        public WorkProgressed {
            if (!(share >= 0 && share <= 1)) {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "a share of work is %s, not 0 to 1", share));
            }
        }
    }

    /**
     * A worker reports that its work failed.
     *
     * @param attempt attempt number of the assignment or the task
     * @param reason for the user
     * @param kind what may help
     * @param host host of the worker
     * @param at time of the failure, by the worker's clock
     */
    record WorkFailed(String runId, Work work, int attempt, String reason, FailureKind kind, String host, Instant at)
            implements RunInput {}

    /**
     * The run cannot continue, for a reason outside its rules.
     *
     * @param reason for the user
     */
    record GiveUp(String runId, String reason) implements Signal {}

    /**
     * Time passes; deadlines are checked.
     *
     * @param upSince time since which the controller has been running; earlier waiting does not count
     */
    record Tick(String runId, Instant upSince) implements RunInput {}
}
