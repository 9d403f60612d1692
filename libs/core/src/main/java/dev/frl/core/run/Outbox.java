package dev.frl.core.run;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.settings.Part;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Messages to trainers, attackers and other runs that follow from an event. They are computed; nothing is decided here. */
public final class Outbox {
    private Outbox() {}

    /** A message to a service or to another run. */
    public sealed interface Message {
        /** Run that the message is about, and key of the message. */
        String runId();
    }

    /**
     * To the next free trainer: train this run, from its last checkpoint if there is one.
     *
     * @param attempt attempt number, starting at 1
     * @param warmStart weights to start from; null for the file in the settings, or for random initial weights
     * @param trainedEpoch last epoch that the controller knows, −1 for none. A checkpoint beyond the next epoch belongs to a life of
     *     the run that the controller has lost
     * @param update the fairness update for the next epoch; null if the last epoch is not evaluated yet
     * @param plannedAt time at which the run was admitted; all its fairness updates are later
     * @param at time of the request; fairness updates after {@code update} are later
     */
    public record Assignment(
            RunPlan plan,
            int attempt,
            @Nullable CheckpointRef warmStart,
            int trainedEpoch,
            @Nullable FairnessUpdate update,
            Instant plannedAt,
            Instant at)
            implements Message {
        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /**
     * To the next free attacker: attack this shard. The settings give the split, the attack and the seed, so every attacker gets
     * the same counts.
     *
     * @param part images of the evaluation
     * @param epoch epoch of the weights
     * @param shard number of the shard, from 0
     * @param shardCount shards of the evaluation
     * @param attempt attempt number, starting at 1
     * @param weights weights to attack
     * @param selection which of the run's weights these are
     * @param canonicalSpec the run's resolved settings as canonical JSON
     * @param specSha256 SHA-256 of {@code canonicalSpec}, 64 hex digits
     */
    public record ShardTask(
            String runId,
            Part part,
            int epoch,
            int shard,
            int shardCount,
            int attempt,
            CheckpointRef weights,
            Selection selection,
            String canonicalSpec,
            String specSha256)
            implements Message {
        /** @throws IllegalArgumentException if there is no such shard */
        public ShardTask {
            if (shard < 0 || shard >= shardCount) {
                throw new IllegalArgumentException("shard %d of %d".formatted(shard, shardCount));
            }
        }
    }

    /**
     * To the run's trainer: fairness update, errors and best epoch so far.
     *
     * @param last whether no epoch follows
     * @param errors errors of the epoch that was evaluated
     * @param at time of the decision
     */
    public record Update(
            String runId, FairnessUpdate update, boolean last, ClassErrors errors, int bestEpoch, Instant at)
            implements Message {}

    /** To another run. */
    public record ToRun(RunInput.Signal signal) implements Message {
        @Override
        public String runId() {
            return signal.runId();
        }
    }

    /**
     * Messages that follow from an event.
     *
     * @param state after all events of the decision
     * @return messages in the order in which they must be sent
     */
    public static List<? extends Message> of(RunState state, RunEvent event) {
        var plan = state.plan();
        if (event instanceof TrainingRequested request) {
            return List.of(new Assignment(
                    plan,
                    request.attempt(),
                    state.warmStart(),
                    state.trainedEpoch(),
                    state.updateForNextEpoch(),
                    state.plannedAt(),
                    request.at()));
        }
        if (event instanceof ShardsRequested request) {
            return tasks(state, request);
        }
        if (event instanceof EpochEvaluated evaluated) {
            boolean last = evaluated.epoch() == plan.settings().training().epochs();
            return List.of(new Update(
                    plan.runId(), evaluated.update(), last, evaluated.errors(), evaluated.bestEpoch(), evaluated.at()));
        }
        if (event instanceof Finished || event instanceof Failed) {
            return signals(state, state.dependents());
        }
        if (event instanceof Awaited awaited && state.phase().isTerminal()) {
            return signals(state, awaited.dependents());
        }
        return List.of();
    }

    private static List<ShardTask> tasks(RunState state, ShardsRequested request) {
        var plan = state.plan();
        var ledger = state.evaluation();
        if (ledger == null) {
            return List.of(); // the evaluation ended with the same decision
        }
        int count = state.shardCount(request.part());
        var shards = request.shard() == null ? ledger.missing().stream() : IntStream.of(request.shard());
        return shards.mapToObj(shard -> new ShardTask(
                        request.runId(),
                        request.part(),
                        request.epoch(),
                        shard,
                        count,
                        request.attempt(),
                        request.weights(),
                        request.selection(),
                        plan.canonicalSpec(),
                        plan.specSha256()))
                .toList();
    }

    private static List<ToRun> signals(RunState state, List<String> dependents) {
        var weights = state.phase() == Phase.FINISHED ? state.lastWeights() : null;
        return dependents.stream()
                .map(run -> new ToRun(
                        weights != null
                                ? new RunInput.WarmStartReady(run, weights)
                                : new RunInput.WarmStartFailed(
                                        run, state.status().reason())))
                .toList();
    }
}
