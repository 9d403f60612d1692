package dev.frl.core.run;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A decision of the controller about one run. Replaying a run's events in order gives its state; status, report and MLflow
 * are computed from them too.
 */
public sealed interface RunEvent {
    String runId();

    /** Time of the decision. A repeated event carries the same time. */
    Instant at();

    /** Whether the event is written to the run log. Others are facts of the controller alone. */
    default boolean isLogged() {
        return true;
    }

    /** The run was admitted. Always the first event. */
    record Planned(RunPlan plan, Instant at) implements RunEvent {
        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /** A run starts from the weights of this warm-start run. */
    record Awaited(String runId, String dependent, Instant at) implements RunEvent {}

    /** That run does not wait for this warm-start run any more. */
    record Unawaited(String runId, String dependent, Instant at) implements RunEvent {}

    /**
     * The run may train so many epochs. Without this event it may train all.
     *
     * @param epochs epochs in all, from the first
     */
    record Allowed(String runId, int epochs, Instant at) implements RunEvent {}

    /**
     * A user or the experiment ordered the run to stop or to pause, or took that back. It is carried out when the epoch in progress is
     * evaluated.
     *
     * @param verb STOP, PAUSE or RESUME
     */
    record Ordered(String runId, Verb verb, String reason, Instant at) implements RunEvent {}

    /**
     * The run wants a trainer.
     *
     * @param attempt attempt number of the training that it will request
     * @param failures consecutive failures before this attempt: those since the last finished epoch
     * @param reason why another attempt is needed; null for the first attempt
     */
    record TurnWanted(
            String runId,
            int attempt,
            Failures failures,
            @Nullable String reason,
            Instant at) implements RunEvent {}

    /** The run rests and leaves its trainer to others. */
    record Parked(String runId, String reason, Instant at) implements RunEvent {}

    /**
     * A run that had ended goes on from its last checkpoint.
     *
     * @param attempt attempt number; work of earlier attempts is void
     */
    record Reopened(String runId, int attempt, String reason, Instant at) implements RunEvent {}

    /** The weights that the run starts from are ready. */
    record WarmStarted(String runId, CheckpointRef weights, Instant at) implements RunEvent {}

    /**
     * A run for the next free trainer.
     *
     * @param attempt attempt number, starting at 1
     * @param failures consecutive failures before this attempt: those since the last finished epoch
     * @param reason why another attempt is needed; null for the first attempt
     */
    record TrainingRequested(
            String runId,
            int attempt,
            Failures failures,
            @Nullable String reason,
            Instant at) implements RunEvent {}

    /**
     * Another trainer resumed the run from its last checkpoint.
     *
     * @param epoch last epoch of that checkpoint
     * @param attempt of the request that it answers
     */
    record TrainingResumed(String runId, int epoch, int attempt, String host, Instant at) implements RunEvent {}

    /**
     * A trainer finished an epoch.
     *
     * @param taken whether a trainer answered the latest request: this one, or another one before
     */
    record Trained(RunInput.EpochTrained epoch, boolean taken, Instant at) implements RunEvent {
        @Override
        public String runId() {
            return epoch.runId();
        }
    }

    /**
     * Shards for the next free attackers.
     *
     * @param attempt attempt number, starting at 1
     * @param failures consecutive failures before this attempt: those since the last counted shard
     * @param shards number of shards: all in the first attempt, those that are not counted later
     * @param shard the only shard that is requested; null for all that are not counted
     * @param weights the weights to attack
     * @param selection which weights these are; for validation always LAST
     * @param reason why another attempt is needed; null for the first attempt
     */
    record ShardsRequested(
            String runId,
            Part part,
            int epoch,
            int attempt,
            Failures failures,
            int shards,
            @Nullable Integer shard,
            CheckpointRef weights,
            Selection selection,
            @Nullable String reason,
            Instant at)
            implements RunEvent {}

    /**
     * One shard's result was counted. A fact of the controller's store only, and no event of the run log: the event of the whole
     * evaluation has the sum.
     */
    record ShardCounted(
            String runId, Part part, int epoch, int shard, Tally tally, Duration duration, String host, Instant at)
            implements RunEvent {
        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /**
     * A shard that takes much longer than the others was given out a second time. The first result counts; both workers have the same
     * attempt.
     *
     * @param attempt attempt number of the shard
     * @param host host of the slow worker
     */
    record ShardDuplicated(String runId, Part part, int epoch, int shard, int attempt, String host, Instant at)
            implements RunEvent {}

    /**
     * Work failed, and is requested again after a pause.
     *
     * @param failures consecutive failures, this one included
     * @param reason why the work failed
     * @param until time of the next attempt
     */
    record RetryPlanned(String runId, Work work, Failures failures, String reason, Instant until, Instant at)
            implements RunEvent {}

    /** A worker reported how far it is. Neither in the run log nor in the store: the next report replaces it. */
    record Progressed(RunInput.WorkProgressed progress, Instant at) implements RunEvent {
        @Override
        public String runId() {
            return progress.runId();
        }

        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /** A message was ignored because it is late, of another evaluation or impossible. It is recorded and changes nothing. */
    record Dropped(String runId, String what, String why, Instant at) implements RunEvent {}

    /**
     * An epoch is evaluated: all shards of its validation are counted, or enough of them once its deadline has passed.
     *
     * @param shards number of the counted shards
     * @param allShards number of shards of the validation; more than {@code shards} if the epoch is partial
     * @param tally predictions of the counted shards. A rate is over these images
     * @param attackDuration sum of the durations of the shards' attacks
     * @param update fairness update for the next epoch; computed after the last epoch too, though it is not used then
     * @param bestEpoch best epoch so far, this one included
     * @param bestScore sum of average and worst-class robust accuracy of the best epoch, in [0, 2]
     * @param bestWeights weights of the best epoch
     */
    record EpochEvaluated(
            String runId,
            int epoch,
            int shards,
            int allShards,
            Tally tally,
            Duration attackDuration,
            FairnessUpdate update,
            int bestEpoch,
            double bestScore,
            CheckpointRef bestWeights,
            Instant at)
            implements RunEvent {
        public ClassErrors errors() {
            return ClassErrors.of(tally);
        }

        /** Number of images that were evaluated. */
        public long images() {
            return tally.seen();
        }

        /** Whether it was evaluated on a part of the validation images. */
        public boolean isPartial() {
            return shards < allShards;
        }

        /**
         * The same event with the better of both best epochs. Epoch 0 was not trained, so a trained epoch replaces it; a partial epoch
         * replaces no other, since a few images may flatter it.
         */
        EpochEvaluated orBetter(@Nullable EpochEvaluated before) {
            if (before == null || before.bestEpoch == 0 || (!isPartial() && before.bestScore < bestScore)) {
                return this;
            }
            return new EpochEvaluated(
                    runId,
                    epoch,
                    shards,
                    allShards,
                    tally,
                    attackDuration,
                    update,
                    before.bestEpoch,
                    before.bestScore,
                    before.bestWeights,
                    at);
        }
    }

    /**
     * All shards of a test are counted.
     *
     * @param attackDuration sum of the durations of the shards' attacks
     */
    record TestEvaluated(
            String runId,
            Selection selection,
            int epoch,
            CheckpointRef weights,
            Tally tally,
            Duration attackDuration,
            Instant at)
            implements RunEvent {
        public ClassErrors errors() {
            return ClassErrors.of(tally);
        }
    }

    record Finished(String runId, Instant at) implements RunEvent {}

    record Failed(String runId, String reason, Instant at) implements RunEvent {}

    /** The run ended before its last epoch, as a user or its experiment asked for. */
    record Stopped(String runId, String reason, Instant at) implements RunEvent {}

    /** Whether the run ends with this event. */
    default boolean isEnd() {
        return this instanceof Finished || this instanceof Failed || this instanceof Stopped;
    }
}
