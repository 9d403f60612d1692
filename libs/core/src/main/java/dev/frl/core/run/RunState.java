package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.EpochTrained;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.WarmStarted;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The current state of one run, replayed from its events. Changes only in {@link #replay}. Mutable, not thread-safe.
 *
 * <p>{@link #journal} is a short list of events that replay to the same state; the controller stores it.
 */
public final class RunState {
    private final RunPlan plan;
    private final Instant plannedAt;
    private Phase phase;
    private Instant since;
    private Instant progress;
    private int attempt;
    private @Nullable String trouble;
    private final List<String> dependents = new ArrayList<>();
    private @Nullable WarmStarted warmStart;
    private @Nullable TrainingRequested requested;
    private @Nullable EpochTrained trained;
    private @Nullable EpochEvaluated evaluated;
    private @Nullable Evaluation evaluation;
    private final Map<Selection, TestEvaluated> tests = new EnumMap<>(Selection.class);
    private @Nullable RunEvent end;

    /**
     * An evaluation in progress.
     *
     * @param first the request for all shards
     * @param latest the latest request; equal to {@code first} unless shards were requested again
     * @param counted results, by shard
     */
    private record Evaluation(ShardsRequested first, ShardsRequested latest, TreeMap<Integer, ShardCounted> counted) {}

    private RunState(Planned planned) {
        plan = planned.plan();
        plannedAt = planned.at();
        phase = plan.warmStartRun() == null ? Phase.QUEUED : Phase.WAITING_FOR_WARM_START;
        since = planned.at();
        progress = planned.at();
    }

    /** @throws IllegalArgumentException if the first event is not Planned */
    public static RunState replay(List<RunEvent> events) {
        if (events.isEmpty() || !(events.get(0) instanceof Planned planned)) {
            throw new IllegalArgumentException("a run begins with Planned, got " + events);
        }
        var state = new RunState(planned);
        events.subList(1, events.size()).forEach(state::replay);
        return state;
    }

    /** The only place where a run's state changes. */
    void replay(RunEvent event) {
        if (event instanceof Planned) {
            throw new IllegalArgumentException("run " + plan.runId() + " was planned already");
        } else if (event instanceof Awaited awaited) {
            awaited.dependents().stream().filter(d -> !dependents.contains(d)).forEach(dependents::add);
        } else if (event instanceof WarmStarted ready) {
            warmStart = ready;
            enter(Phase.QUEUED, ready.at());
        } else if (event instanceof TrainingRequested request) {
            requested = request;
            attempt = request.attempt();
            trouble = request.reason();
            enter(Phase.QUEUED, request.at());
        } else if (event instanceof EpochTrained epoch) {
            replay(epoch);
        } else if (event instanceof ShardsRequested request) {
            replay(request);
        } else if (event instanceof ShardCounted counted) {
            evaluation().counted().put(counted.shard(), counted);
            progress = later(progress, counted.at());
        } else if (event instanceof EpochEvaluated epoch) {
            evaluated = epoch;
            evaluation = null;
            trouble = null;
            enter(Phase.TRAINING, epoch.at());
        } else if (event instanceof TestEvaluated test) {
            tests.put(test.selection(), test);
            evaluation = null;
            trouble = null;
        } else if (event instanceof Finished || event instanceof Failed) {
            end = event;
            evaluation = null;
            trouble = null;
            enter(event instanceof Finished ? Phase.FINISHED : Phase.FAILED, event.at());
        } else if (!(event instanceof Dropped)) {
            throw new IllegalStateException("unknown event " + event);
        }
    }

    private void replay(EpochTrained epoch) {
        trained = epoch;
        trouble = null;
        enter(Phase.TRAINING, epoch.at());
    }

    private void replay(ShardsRequested request) {
        if (request.attempt() == 1) {
            evaluation = new Evaluation(request, request, new TreeMap<>());
            trouble = null;
            enter(request.part() == Part.VALIDATION ? Phase.EVALUATING : Phase.TESTING, request.at());
        } else {
            evaluation =
                    new Evaluation(evaluation().first(), request, evaluation().counted());
            trouble = request.reason();
            progress = later(progress, request.at());
        }
    }

    private void enter(Phase next, Instant at) {
        phase = next;
        since = at;
        progress = at;
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private Evaluation evaluation() {
        if (evaluation == null) {
            throw new IllegalStateException("run " + plan.runId() + " is not being evaluated");
        }
        return evaluation;
    }

    /**
     * A short list of events that add up to this state: what is superseded is left out. Its length is bounded by the number
     * of shards, not by the number of epochs.
     */
    public List<RunEvent> journal() {
        var events = new ArrayList<RunEvent>();
        events.add(new Planned(plan, plannedAt));
        if (!dependents.isEmpty()) {
            events.add(new Awaited(plan.runId(), dependents, plannedAt));
        }
        addIfThere(events, warmStart);
        boolean queuedAgain = phase == Phase.QUEUED && trained != null;
        if (!queuedAgain) {
            addIfThere(events, requested);
        }
        boolean takenUpAgain = trained != null
                && evaluated != null
                && trained.epoch() == evaluated.epoch()
                && trained.at().isAfter(evaluated.at());
        addIfThere(events, takenUpAgain ? evaluated : trained);
        addIfThere(events, takenUpAgain ? trained : evaluated);
        events.addAll(tests.values());
        if (evaluation != null) {
            events.add(evaluation.first());
            events.addAll(evaluation.counted().values());
            if (evaluation.latest() != evaluation.first()) {
                events.add(evaluation.latest());
            }
        }
        if (queuedAgain) {
            addIfThere(events, requested);
        }
        addIfThere(events, end);
        return events;
    }

    private static void addIfThere(List<RunEvent> events, @Nullable RunEvent event) {
        if (event != null) {
            events.add(event);
        }
    }

    public RunPlan plan() {
        return plan;
    }

    public Phase phase() {
        return phase;
    }

    /** Attempt number of the training, starting at 1; 0 before the first request. */
    public int attempt() {
        return attempt;
    }

    public List<String> dependents() {
        return Collections.unmodifiableList(dependents);
    }

    /** The weights that the run starts from; null for random initial weights. */
    public @Nullable CheckpointRef warmStart() {
        return warmStart == null ? null : warmStart.weights();
    }

    /** The last epoch that was trained; null before the first announcement. */
    public @Nullable EpochTrained trained() {
        return trained;
    }

    /** The last epoch that was evaluated; null before the first evaluation. */
    public @Nullable EpochEvaluated evaluated() {
        return evaluated;
    }

    /** The request for all shards of the evaluation in progress; null if there is none. */
    @Nullable
    ShardsRequested shardsRequested() {
        return evaluation == null ? null : evaluation.first();
    }

    /** Attempt number of the latest request for shards. */
    int shardAttempt() {
        return evaluation().latest().attempt();
    }

    boolean counted(int shard) {
        return evaluation().counted().containsKey(shard);
    }

    /** Shards that were requested and are not counted yet. */
    List<Integer> missingShards() {
        return evaluation().first().shards().stream()
                .filter(shard -> !counted(shard))
                .toList();
    }

    /** The sum of the counted shards. */
    Tally sum() {
        return evaluation().counted().values().stream()
                .map(ShardCounted::tally)
                .reduce(Tally::plus)
                .orElseThrow();
    }

    boolean tested(Selection weights) {
        return tests.containsKey(weights);
    }

    Multipliers multipliers(int classes) {
        return evaluated == null
                ? Multipliers.zero(classes)
                : evaluated.update().multipliers();
    }

    /** Weights after the last epoch; the average if weights are averaged; null before the first announcement. */
    @Nullable
    CheckpointRef lastWeights() {
        if (trained == null) {
            return null;
        }
        return trained.averaged() != null ? trained.averaged() : trained.weights();
    }

    /** The weights of this epoch that validation evaluates. */
    CheckpointRef evaluatedWeights(EpochTrained epoch) {
        var averaging = plan.settings().training().averaging();
        boolean average = averaging != null && averaging.evaluated() == AveragingSettings.Evaluated.AVERAGED;
        return average && epoch.averaged() != null ? epoch.averaged() : epoch.weights();
    }

    /** How long this phase may last without progress. */
    private Duration patience() {
        var deadlines = plan.settings().deadlines();
        return phase == Phase.QUEUED || phase == Phase.WAITING_FOR_WARM_START ? deadlines.queue() : deadlines.epoch();
    }

    /** End of the wait. Time before {@code upSince}, when the controller was down, does not count. */
    Instant deadline(Instant upSince) {
        return (progress.isAfter(upSince) ? progress : upSince).plus(patience());
    }

    public RunStatus status() {
        int epochs = plan.settings().training().epochs();
        return new RunStatus(
                plan.runId(),
                plan.experiment(),
                plan.experimentId(),
                variant(),
                phase,
                trained == null ? -1 : trained.epoch(),
                epochs,
                reason(epochs) + (trouble == null ? "" : " (previous attempt: " + trouble + ")"),
                since,
                phase.isTerminal() ? since : progress.plus(patience()),
                evaluation == null ? 0 : evaluation.counted().size(),
                evaluation == null ? 0 : evaluation.first().shards().size());
    }

    private String variant() {
        return String.join(
                ", ",
                plan.variant().entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .toList());
    }

    private String reason(int epochs) {
        return switch (phase) {
            case WAITING_FOR_WARM_START -> "waits for warm start " + plan.warmStartRun();
            case QUEUED -> "waits for a trainer, attempt " + Math.max(1, attempt);
            case TRAINING ->
                "waits for the trainer to finish epoch %d of %d"
                        .formatted(trained == null ? 0 : trained.epoch() + 1, epochs);
            case EVALUATING, TESTING ->
                evaluation == null
                        ? "is tested; the controller decides the next step" // between two events of one decision
                        : "waits for attackers: %d of %d shards of %s are in"
                                .formatted(
                                        evaluation.counted().size(),
                                        evaluation.first().shards().size(),
                                        phase == Phase.EVALUATING
                                                ? "epoch " + evaluation.first().epoch()
                                                : "the test");
            case FINISHED -> "completed";
            case FAILED -> end instanceof Failed failed ? failed.reason() : "failed";
        };
    }
}
