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
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the rest of the world is told because of an event. Computed from the event, never decided. */
public final class Outbox {
    private Outbox() {}

    /** A message to others. */
    public sealed interface Message {}

    /** To any trainer: train this run, from its last checkpoint if there is one. */
    public record Assignment(
            RunPlan plan, int attempt, @Nullable CheckpointRef warmStart) implements Message {}

    /** To any attacker. */
    public record ShardTask(RunPlan plan, ShardsRequested request, int shard, int shardCount) implements Message {}

    /**
     * To the run's trainer.
     *
     * @param last whether no epoch follows
     */
    public record Update(String runId, FairnessUpdate update, ClassErrors errors, int bestEpoch, boolean last)
            implements Message {}

    /** To another run. */
    public record Signal(String toRun, RunInput input) implements Message {}

    /**
     * @param state after the event
     * @return in the order in which they are to be sent
     */
    public static List<Message> of(RunState state, RunEvent event) {
        var plan = state.plan();
        if (event instanceof TrainingRequested request) {
            return List.of(new Assignment(plan, request.attempt(), state.warmStart()));
        }
        if (event instanceof ShardsRequested request) {
            var attack = plan.settings().attack();
            int count = (request.part() == Part.VALIDATION ? attack.validation() : attack.test()).shards();
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
