package dev.frl.core.run;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Verb;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.PolicyState;
import dev.frl.core.run.RunEvent.Allowed;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Ordered;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Progressed;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.RetryPlanned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.TrainingResumed;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunEvent.Unawaited;
import dev.frl.core.run.RunEvent.WarmStarted;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The current state of one run, replayed from its events. Changes only in {@link #replay}. Mutable, not thread-safe.
 *
 * <p>{@link #store} names the entries of the controller's store that an event changes; {@link #load} replays them.
 */
public final class RunState {
    /** A run that rests longer ends. */
    static final Duration LONGEST_REST = Duration.ofDays(90);

    /** A worker says within some seconds that it has taken the work. */
    private static final Duration LEAST_UNTAKEN = Duration.ofSeconds(30);

    private final RunPlan plan;
    private final Instant plannedAt;
    private Phase phase;
    private Instant since;
    private Instant lastSign;
    private int attempt;
    private @Nullable String trouble;
    private final Set<String> dependents = new LinkedHashSet<>();
    private @Nullable WarmStarted warmStart;
    private Failures trainingFailures = Failures.NONE;
    private @Nullable RetryPlanned trainingRetry;
    private boolean resumed;
    /** Whether a trainer answered the latest request. */
    private boolean taken;
    /** Epochs that the run may train so far. */
    private int allowance;
    /** STOP or PAUSE; null if the run is to go on. */
    private @Nullable Ordered order;
    /** Whether the run wants a trainer. */
    private boolean wanted;
    /** Whether the run may have a trainer. */
    private boolean turn;

    private @Nullable Parked parked;

    private @Nullable EpochTrained trained;
    private @Nullable EpochEvaluated evaluated;
    private @Nullable Ledger ledger;
    private RunStatus.@Nullable WorkDone progress;
    private final Map<Selection, TestEvaluated> tests = new EnumMap<>(Selection.class);
    private @Nullable RunEvent end;

    /** Shards that have an entry in the store, of this evaluation or of a former one. */
    private final BitSet storedShards = new BitSet();
    /** Place of the next fact in the order of this run's facts. */
    private long number;

    private RunState(Planned planned) {
        plan = planned.plan();
        plannedAt = planned.at();
        phase = plan.warmStartRun() == null ? Phase.QUEUED : Phase.WAITING_FOR_WARM_START;
        since = planned.at();
        lastSign = planned.at();
        allowance = plan.settings().training().epochs();
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
            dependents.add(awaited.dependent());
        } else if (event instanceof Unawaited unawaited) {
            dependents.remove(unawaited.dependent());
        } else if (event instanceof Allowed more) {
            allowance = more.epochs();
        } else if (event instanceof Ordered now) {
            order = now.verb() == Verb.RESUME ? null : now;
        } else if (event instanceof TurnWanted want) {
            trainingFailures = want.failures();
            trouble = want.reason();
            wanted = true;
            turn = false;
            parked = null;
            enterUnlessEvaluating(Phase.QUEUED, want.at());
        } else if (event instanceof Parked rest) {
            wanted = false;
            turn = false;
            parked = rest;
            trainingRetry = null;
            enter(Phase.PAUSED, rest.at());
        } else if (event instanceof Reopened again) {
            reopen(again);
        } else if (event instanceof WarmStarted ready) {
            warmStart = ready;
            enter(Phase.QUEUED, ready.at());
        } else if (event instanceof TrainingRequested request) {
            trainingFailures = request.failures();
            trainingRetry = null;
            resumed = false;
            taken = false;
            wanted = false;
            turn = true;
            attempt = request.attempt();
            trouble = request.reason();
            enterUnlessEvaluating(Phase.QUEUED, request.at());
        } else if (event instanceof TrainingResumed again) {
            resumed = true;
            taken = true;
            trainingFailures = trainingFailures.taken();
            trouble = null;
            enterUnlessEvaluating(Phase.TRAINING, again.at());
        } else if (event instanceof Trained epoch) {
            trainingFailures = Failures.NONE;
            taken = epoch.taken();
            trained = epoch.epoch();
            turn = turn && !isLastEpoch(epoch.epoch().epoch()); // the trainer is free after its last epoch
            trouble = null;
            enter(Phase.TRAINING, epoch.at());
        } else if (event instanceof ShardsRequested request) {
            replay(request);
        } else if (event instanceof ShardCounted shard) {
            replay(shard);
        } else if (event instanceof ShardDuplicated slow) {
            ledger().duplicate(slow.shard());
        } else if (event instanceof RetryPlanned retry) {
            replay(retry);
        } else if (event instanceof Progressed report) {
            replay(report);
        } else if (event instanceof EpochEvaluated epoch) {
            evaluated = epoch;
            ledger = null;
            trouble = null;
            enter(taken ? Phase.TRAINING : Phase.QUEUED, epoch.at());
        } else if (event instanceof TestEvaluated test) {
            tests.put(test.selection(), test);
            ledger = null;
            trouble = null;
        } else if (event.isEnd()) {
            end(event);
        } else if (!(event instanceof Dropped)) {
            throw new IllegalStateException("unknown event " + event);
        }
    }

    private void end(RunEvent event) {
        end = event;
        ledger = null;
        trainingRetry = null;
        wanted = false;
        turn = false;
        parked = null;
        trouble = null;
        var phase = event instanceof Finished ? Phase.FINISHED : event instanceof Failed ? Phase.FAILED : Phase.STOPPED;
        enter(phase, event.at());
    }

    private void reopen(Reopened again) {
        end = null;
        order = null;
        attempt = again.attempt();
        trainingFailures = Failures.NONE;
        taken = false;
        boolean waits = plan.warmStartRun() != null && warmStart == null;
        enter(waits ? Phase.WAITING_FOR_WARM_START : Phase.QUEUED, again.at());
    }

    private void replay(ShardsRequested request) {
        if (request.attempt() == 1) {
            ledger = new Ledger(request);
            trouble = null;
            enter(request.part() == Part.VALIDATION ? Phase.EVALUATING : Phase.TESTING, request.at());
        } else {
            ledger().requestAgain(request);
            trouble = request.reason();
            lastSign = later(lastSign, request.at());
        }
    }

    /** Without a ledger, the shard is of an evaluation that is over: its entry stays in the store until it is used again. */
    private void replay(ShardCounted shard) {
        storedShards.set(shard.shard());
        if (ledger != null && !ledger.isCounted(shard.shard())) {
            ledger.count(shard);
            lastSign = later(lastSign, shard.at());
        }
    }

    private void replay(RetryPlanned retry) {
        trouble = retry.reason();
        if (retry.work() instanceof Work.Shard shard) {
            ledger().planRetry(shard.shard(), retry);
            lastSign = later(lastSign, retry.at());
        } else {
            trainingFailures = retry.failures();
            trainingRetry = retry;
            enterUnlessEvaluating(Phase.QUEUED, retry.at());
        }
    }

    private void replay(Progressed report) {
        lastSign = later(lastSign, report.at());
        var told = report.progress();
        double share = told.share();
        if (told.work() instanceof Work.Shard shard) {
            ledger().progress(shard.shard(), share, told.host());
            share = ledger().share();
        }
        progress = new RunStatus.WorkDone(share, told.imagesPerSecond(), told.host(), report.at());
    }

    private void enter(Phase next, Instant at) {
        phase = next;
        since = at;
        lastSign = at;
        progress = null;
    }

    /** An evaluation goes on while its run waits for another trainer. */
    private void enterUnlessEvaluating(Phase next, Instant at) {
        if (ledger == null) {
            enter(next, at);
        }
    }

    private static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }

    private Ledger ledger() {
        if (ledger == null) {
            throw new IllegalStateException("run " + plan.runId() + " is not being evaluated");
        }
        return ledger;
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
        var live = new Slots.Live(resumed, trainingRetry != null, wanted, parked != null);
        Slots.supersededBy(event, ledger, live, storedShards).forEach(slot -> changes.put(slot, null));
        var slot = Slots.of(event);
        if (slot != null) {
            changes.put(slot, new RunFact(slot, number++, event));
        }
    }

    public RunPlan plan() {
        return plan;
    }

    Instant plannedAt() {
        return plannedAt;
    }

    public Phase phase() {
        return phase;
    }

    /** Time at which the phase began; of an ended run, its end. */
    public Instant since() {
        return since;
    }

    /** Attempt number of the training, starting at 1; 0 before the first request. */
    public int attempt() {
        return attempt;
    }

    /** Epochs that the run may train so far. */
    int allowance() {
        return allowance;
    }

    /** The order to stop or to pause; null if the run is to go on. */
    @Nullable
    Ordered order() {
        return order;
    }

    /** Whether a stop or a pause was ordered and not carried out yet, or the run rests for it. */
    boolean isOrdered(Verb verb) {
        return order != null && order.verb() == verb;
    }

    /** Whether the run waits for its turn. */
    boolean wantsTurn() {
        return wanted;
    }

    /** Whether the run may have a trainer. */
    boolean hasTurn() {
        return turn;
    }

    /** Why the run rests; null if it does not. */
    @Nullable
    Parked parked() {
        return parked;
    }

    /** The end; null before it. */
    @Nullable
    RunEvent end() {
        return end;
    }

    /** Why the latest attempt failed; null if it did not. */
    @Nullable
    String trouble() {
        return trouble;
    }

    /** Time of the last sign of progress. */
    Instant lastSign() {
        return lastSign;
    }

    /** How far the current epoch or evaluation is; null if nobody reported. */
    RunStatus.@Nullable WorkDone progress() {
        return progress;
    }

    /** A finished test; null if these weights are not tested. */
    @Nullable
    TestEvaluated test(Selection weights) {
        return tests.get(weights);
    }

    int epochs() {
        return plan.settings().training().epochs();
    }

    boolean isLastEpoch(int epoch) {
        return epoch == epochs();
    }

    /** Runs that start from the weights of this warm-start run. */
    Set<String> dependents() {
        return Collections.unmodifiableSet(dependents);
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

    /** The fairness update for the epoch after the last one that was trained; null if that one is not evaluated yet. */
    @Nullable
    FairnessUpdate updateForNextEpoch() {
        return evaluated != null && evaluated.epoch() == trainedEpoch() ? evaluated.update() : null;
    }

    /** Epoch with the best validation score so far; −1 if the last trained epoch is not evaluated yet. */
    int bestEpoch() {
        return evaluated != null && evaluated.epoch() == trainedEpoch() ? evaluated.bestEpoch() : -1;
    }

    /** The evaluation in progress; null if there is none. */
    @Nullable
    Ledger evaluation() {
        return ledger;
    }

    /** Shards of the evaluation in progress that are not counted yet. */
    public int outstandingShards() {
        return ledger == null ? 0 : ledger.missing().cardinality();
    }

    /** Outstanding shards that were requested more than once. */
    public int ledgerGaps() {
        var counted = ledger;
        return counted == null
                ? 0
                : (int) counted.missing().stream()
                        .filter(shard -> counted.attemptOf(shard) > 1)
                        .count();
    }

    /** Consecutive failures of the training: those since the last finished epoch. */
    Failures trainingFailures() {
        return trainingFailures;
    }

    /** The retry of the training that waits for its time; null if there is none. */
    @Nullable
    RetryPlanned trainingRetry() {
        return trainingRetry;
    }

    /** Whether a trainer answered the latest request. */
    boolean taken() {
        return taken;
    }

    /** Number of shards of every evaluation of these images. */
    int shardCount(Part part) {
        return plan.settings().attack().of(part).shards();
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

    /** How long this phase may last without a sign of progress. */
    Duration patience() {
        var deadlines = plan.settings().deadlines();
        return switch (phase) {
            case QUEUED -> wanted ? deadlines.queue() : untakenPatience(trainingFailures);
            case WAITING_FOR_WARM_START -> deadlines.queue();
            case PAUSED -> LONGEST_REST;
            case EVALUATING, TESTING ->
                ledger == null || ledger.taken() ? deadlines.epoch() : untakenPatience(ledger.failures());
            default -> deadlines.epoch();
        };
    }

    /** How long the run may wait for a worker that takes its work, after so many requests that nobody took; zero or less if no longer. */
    Duration untakenPatience(Failures failures) {
        var deadlines = plan.settings().deadlines();
        var first = deadlines.epoch().compareTo(LEAST_UNTAKEN) < 0 ? LEAST_UNTAKEN : deadlines.epoch();
        return failures.untakenPatience(first, deadlines.queue());
    }

    /** End of the wait. Time before {@code upSince}, when the controller was down, does not count. */
    Instant deadline(Instant upSince) {
        return later(lastSign, upSince).plus(patience());
    }

    public RunStatus status() {
        return RunStatuses.status(this);
    }

    /** What the run tells its experiment. */
    RunReport report(Instant at) {
        return RunStatuses.report(this, at);
    }
}
