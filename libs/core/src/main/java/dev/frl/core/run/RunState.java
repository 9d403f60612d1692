package dev.frl.core.run;

import dev.frl.core.errors.Tally;
import dev.frl.core.errors.TallySum;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.fairness.PolicyState;
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
import dev.frl.core.run.RunEvent.TrainingResumed;
import dev.frl.core.run.RunEvent.WarmStarted;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The current state of one run, replayed from its events. Changes only in {@link #replay}. Mutable, not thread-safe.
 *
 * <p>{@link #store} names the entries of the controller's store that an event changes; {@link #load} replays them.
 */
public final class RunState {
    /** Slot of the plan. */
    public static final String PLANNED = "planned";
    /** Slot of the end. */
    public static final String ENDED = "ended";

    private static final String SHARDS_REQUESTED = "shards-requested";
    private static final String SHARDS_REQUESTED_AGAIN = "shards-requested-again";

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
    private boolean resumed;
    private boolean trainedSinceRequest;
    private boolean countedSinceRequest;
    private @Nullable EpochTrained trained;
    private @Nullable EpochEvaluated evaluated;
    private @Nullable Evaluation evaluation;
    private final Map<Selection, TestEvaluated> tests = new EnumMap<>(Selection.class);
    private @Nullable RunEvent end;

    /** Place of the next fact in the order of this run's facts. */
    private long number;

    /**
     * An evaluation in progress.
     *
     * @param first the request for all shards
     * @param latest the latest request; equal to {@code first} unless shards were requested again
     * @param counted shards whose results are counted
     * @param sum sum of these results
     */
    private record Evaluation(ShardsRequested first, ShardsRequested latest, BitSet counted, TallySum sum) {
        boolean isComplete() {
            return counted.cardinality() == first.shards().size();
        }
    }

    private RunState(Planned planned) {
        plan = planned.plan();
        plannedAt = planned.at();
        phase = plan.warmStartRun() == null ? Phase.QUEUED : Phase.WAITING_FOR_WARM_START;
        since = planned.at();
        progress = planned.at();
    }

    /** The state of a run that was just planned. */
    static RunState planned(Planned planned, Map<String, @Nullable RunFact> changes) {
        var state = new RunState(planned);
        state.store(planned, changes);
        return state;
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
            trainedSinceRequest = false;
            resumed = false;
            attempt = request.attempt();
            trouble = request.reason();
            enter(Phase.QUEUED, request.at());
        } else if (event instanceof TrainingResumed again) {
            resumed = true;
            trouble = null;
            enter(Phase.TRAINING, again.at());
        } else if (event instanceof EpochTrained epoch) {
            replay(epoch);
        } else if (event instanceof ShardsRequested request) {
            replay(request);
        } else if (event instanceof ShardCounted counted) {
            if (!evaluation().counted().get(counted.shard())) {
                evaluation().counted().set(counted.shard());
                evaluation().sum().add(counted.tally());
                countedSinceRequest = true;
            }
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
        trainedSinceRequest = true;
        resumed = false;
        trained = epoch;
        trouble = null;
        enter(Phase.TRAINING, epoch.at());
    }

    private void replay(ShardsRequested request) {
        countedSinceRequest = false;
        if (request.attempt() == 1) {
            evaluation = new Evaluation(request, request, new BitSet(), new TallySum());
            trouble = null;
            enter(request.part() == Part.VALIDATION ? Phase.EVALUATING : Phase.TESTING, request.at());
        } else {
            evaluation = new Evaluation(
                    evaluation().first(),
                    request,
                    evaluation().counted(),
                    evaluation().sum());
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
     * The state that the facts of a store add up to.
     *
     * @param facts of one run, in any order
     * @throws IllegalArgumentException if the first of them is not Planned
     */
    public static RunState load(Collection<RunFact> facts) {
        var inOrder =
                facts.stream().sorted(Comparator.comparingLong(RunFact::number)).toList();
        var state = replay(inOrder.stream().map(RunFact::event).toList());
        state.number = inOrder.get(inOrder.size() - 1).number() + 1;
        return state;
    }

    /**
     * Entries of the store that an event changes. To be called before the event is replayed.
     *
     * @param changes is given slot to fact; null where the slot's fact is superseded
     */
    void store(RunEvent event, Map<String, @Nullable RunFact> changes) {
        if (event instanceof Dropped) {
            return;
        }
        if (event instanceof EpochEvaluated
                || event instanceof TestEvaluated
                || event instanceof Finished
                || event instanceof Failed) {
            supersedeEvaluation(changes);
        }
        if (event instanceof TrainingRequested || event instanceof EpochTrained) {
            if (resumed) {
                changes.put("training-resumed", null);
            }
        }
        var slot = slot(event);
        changes.put(slot, new RunFact(slot, number++, event));
    }

    private void supersedeEvaluation(Map<String, @Nullable RunFact> changes) {
        if (evaluation != null) {
            evaluation.counted().stream().forEach(shard -> changes.put(shardSlot(shard), null));
            changes.put(SHARDS_REQUESTED, null);
            changes.put(SHARDS_REQUESTED_AGAIN, null);
        }
    }

    private String slot(RunEvent event) {
        if (event instanceof Planned) {
            return PLANNED;
        } else if (event instanceof Awaited) {
            return "awaited-" + number; // adds to those before it
        } else if (event instanceof WarmStarted) {
            return "warm-started";
        } else if (event instanceof TrainingRequested) {
            return "training-requested";
        } else if (event instanceof TrainingResumed) {
            return "training-resumed";
        } else if (event instanceof EpochTrained) {
            return "trained";
        } else if (event instanceof ShardsRequested request) {
            return request.attempt() == 1 ? SHARDS_REQUESTED : SHARDS_REQUESTED_AGAIN;
        } else if (event instanceof ShardCounted counted) {
            return shardSlot(counted.shard());
        } else if (event instanceof EpochEvaluated) {
            return "evaluated";
        } else if (event instanceof TestEvaluated test) {
            return "tested-" + test.selection().name().toLowerCase(Locale.ROOT);
        } else if (event instanceof Finished || event instanceof Failed) {
            return ENDED;
        }
        throw new IllegalStateException("an event without a slot: " + event);
    }

    private static String shardSlot(int shard) {
        return "shard-" + shard;
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

    /** Number of the last epoch that was trained; −1 before the first announcement. */
    int trainedEpoch() {
        return trained == null ? -1 : trained.epoch();
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

    /** Consecutive failures of the training: those since the last finished epoch. */
    int trainingFailures() {
        return requested == null || trainedSinceRequest ? 0 : requested.failures();
    }

    /** Consecutive failures of the evaluation: those since the last counted shard. */
    int shardFailures() {
        return countedSinceRequest ? 0 : evaluation().latest().failures();
    }

    boolean counted(int shard) {
        return evaluation().counted().get(shard);
    }

    /** Shards that were requested and are not counted yet. */
    List<Integer> missingShards() {
        return evaluation().first().shards().stream()
                .filter(shard -> !counted(shard))
                .toList();
    }

    /** Whether the results of all shards are counted. */
    boolean allCounted() {
        return evaluation().isComplete();
    }

    /** The sum of the counted shards. */
    Tally sum() {
        return evaluation().sum().tally();
    }

    boolean tested(Selection weights) {
        return tests.containsKey(weights);
    }

    PolicyState policyState(FairnessPolicy policy, int classes) {
        return evaluated == null ? policy.initial(classes) : evaluated.update().state();
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
                evaluation == null ? 0 : evaluation.counted().cardinality(),
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
                                        evaluation.counted().cardinality(),
                                        evaluation.first().shards().size(),
                                        phase == Phase.EVALUATING
                                                ? "epoch " + evaluation.first().epoch()
                                                : "the test");
            case FINISHED -> "completed";
            case FAILED -> end instanceof Failed failed ? failed.reason() : "failed";
        };
    }
}
