package dev.frl.core.run;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.settings.Part;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A fact about one run, in the order in which the controller decided them. A run's state is what these facts add up to, and
 * nothing else; whatever a person is told about a run is computed from them.
 */
public sealed interface RunEvent {
    String runId();

    /** When it was decided. A repeat of the same events carries the same times. */
    Instant at();

    /** The run was admitted. Always the first. */
    record Planned(RunPlan plan, Instant at) implements RunEvent {
        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /** These runs begin from the end of this one. */
    record Awaited(String runId, List<String> dependents, Instant at) implements RunEvent {
        public Awaited {
            dependents = List.copyOf(dependents);
        }
    }

    /** The weights that the run begins from exist. */
    record WarmStarted(String runId, CheckpointRef weights, Instant at) implements RunEvent {}

    /**
     * The run was assigned to the next free trainer.
     *
     * @param attempt from 1
     * @param failures consecutive failures before this attempt: those since the last finished epoch
     * @param reason reason of the last failure; null for the first attempt
     */
    record TrainingRequested(
            String runId, int attempt, int failures, @Nullable String reason, Instant at) implements RunEvent {}

    /**
     * Another trainer resumed the run from its last checkpoint.
     *
     * @param epoch last epoch of that checkpoint
     * @param attempt of the request that it answers
     */
    record TrainingResumed(String runId, int epoch, int attempt, String host, Instant at) implements RunEvent {}

    /**
     * A trainer finished an epoch; epoch 0 is the warm start or the fresh weights.
     *
     * @param attempt of the request that it answers
     * @param weights as trained
     * @param averaged null unless weights are averaged
     * @param loss mean training loss over the epoch's batches; null for epoch 0
     * @param duration of the epoch's training, checkpoint not counted
     * @param host that trained, and {@code engine}, as its own description says
     */
    record EpochTrained(
            String runId,
            int epoch,
            int attempt,
            CheckpointRef weights,
            @Nullable CheckpointRef averaged,
            DataManifest manifest,
            @Nullable Double loss,
            java.time.Duration duration,
            String host,
            String engine,
            Instant at)
            implements RunEvent {}

    /**
     * Shards were given to whichever attackers take them.
     *
     * @param attempt from 1
     * @param failures consecutive failures before this attempt: those since the last counted shard
     * @param shards numbers from 0; all of them for the first attempt, the missing ones later
     * @param weights that are attacked
     * @param selection which these are; for validation always LAST
     * @param reason why again; null for the first attempt
     */
    record ShardsRequested(
            String runId,
            Part part,
            int epoch,
            int attempt,
            int failures,
            List<Integer> shards,
            CheckpointRef weights,
            Selection selection,
            @Nullable String reason,
            Instant at)
            implements RunEvent {
        public ShardsRequested {
            shards = List.copyOf(shards);
        }
    }

    /** One shard's result was counted. */
    record ShardCounted(
            String runId,
            Part part,
            int epoch,
            int shard,
            Tally tally,
            java.time.Duration duration,
            String host,
            Instant at)
            implements RunEvent {}

    /** A message was recorded and changed nothing: late, foreign or impossible. */
    record Dropped(String runId, String what, String why, Instant at) implements RunEvent {}

    /**
     * All shards of an epoch's validation are in.
     *
     * @param update for the next epoch; after the last epoch too, though nobody trains it
     * @param bestEpoch so far, this one included
     * @param bestScore average plus worst robust accuracy of that epoch, in [0, 2]
     * @param bestWeights of that epoch
     */
    record EpochEvaluated(
            String runId,
            int epoch,
            Tally tally,
            FairnessUpdate update,
            int bestEpoch,
            double bestScore,
            CheckpointRef bestWeights,
            Instant at)
            implements RunEvent {
        public ClassErrors errors() {
            return ClassErrors.of(tally);
        }

        /** The same, but with the best of an earlier epoch where that was better. Epoch 0 was not trained and never is. */
        EpochEvaluated orBetter(@Nullable EpochEvaluated before) {
            if (before == null || before.bestEpoch == 0 || before.bestScore < bestScore) {
                return this;
            }
            return new EpochEvaluated(
                    runId, epoch, tally, update, before.bestEpoch, before.bestScore, before.bestWeights, at);
        }
    }

    /** All shards of the test are in. */
    record TestEvaluated(String runId, Selection selection, int epoch, CheckpointRef weights, Tally tally, Instant at)
            implements RunEvent {
        public ClassErrors errors() {
            return ClassErrors.of(tally);
        }
    }

    record Finished(String runId, Instant at) implements RunEvent {}

    record Failed(String runId, String reason, Instant at) implements RunEvent {}
}
