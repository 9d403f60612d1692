package dev.frl.core.run;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TrainingRequested;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages to trainers, attackers and other runs that follow from an event. They are computed; nothing is decided here. */
public final class Outbox {
    private Outbox() {}

    /** A message to a service or to another run. */
    public sealed interface Message {}

    /** To the next free trainer: train this run, from its last checkpoint if there is one. */
    public record Assignment(
            RunPlan plan, int attempt, @Nullable CheckpointRef warmStart, int trainedEpoch) implements Message {}

    /** To the next free attacker: attack this shard. */
    public record ShardTask(RunPlan plan, ShardsRequested request, int shard, int shardCount) implements Message {}

    /**
     * To the run's trainer: fairness update, errors and best epoch so far.
     *
     * @param errors errors of the epoch that was evaluated
     * @param last whether that was the last epoch
     */
    public record Update(String runId, FairnessUpdate update, ClassErrors errors, int bestEpoch, boolean last)
            implements Message {}

    /** To another run: an input for it. */
    public record Signal(String toRun, RunInput input) implements Message {}

    /**
     * Messages that follow from an event.
     *
     * @param state after the event
     * @return messages in the order in which they must be sent
     */
    public static List<Message> of(RunState state, RunEvent event) {
        var plan = state.plan();
        if (event instanceof TrainingRequested request) {
            return List.of(new Assignment(plan, request.attempt(), state.warmStart(), state.trainedEpoch()));
        }
        if (event instanceof ShardsRequested request) {
            int count = plan.settings().attack().of(request.part()).shards();
            return request.shards().stream()
                    .<Message>map(shard -> new ShardTask(plan, request, shard, count))
                    .toList();
        }
        if (event instanceof EpochEvaluated evaluated) {
            boolean last = evaluated.epoch() == plan.settings().training().epochs();
            return List.of(
                    new Update(plan.runId(), evaluated.update(), evaluated.errors(), evaluated.bestEpoch(), last));
        }
        if (event instanceof Finished || event instanceof Failed) {
            return signals(state, state.dependents());
        }
        if (event instanceof Awaited awaited && state.phase().isTerminal()) {
            return signals(state, awaited.dependents());
        }
        return List.of();
    }

    private static List<Message> signals(RunState state, List<String> dependents) {
        var weights = state.lastWeights();
        var input = state.phase() == Phase.FINISHED && weights != null
                ? new RunInput.WarmStartReady(weights)
                : new RunInput.WarmStartFailed(state.status().reason());
        var signals = new ArrayList<Message>();
        dependents.forEach(dependent -> signals.add(new Signal(dependent, input)));
        return signals;
    }
}
