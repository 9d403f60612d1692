package dev.frl.core.run;

import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.Tally;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.EpochEvaluation;
import dev.frl.core.fairness.FairnessPolicy;
import dev.frl.core.run.RunEvent.Allowed;
import dev.frl.core.run.RunEvent.Awaited;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.ShardCounted;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.TrainingResumed;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunEvent.Unawaited;
import dev.frl.core.run.RunEvent.WarmStarted;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.settings.Part;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which events follow from an input in the run's current state. No clock, no I/O: the same input in the same state
 * gives the same events, and a repeated input gives none.
 *
 * <pre>
 *   Planned ─▶ (WarmStarted) ─▶ TrainingRequested ─▶ EpochTrained 0 ─▶ ShardsRequested ─▶ ShardCounted … ─▶ EpochEvaluated
 *        ┌───────────────────────────────────────────────────────────────────────────────────────────────────────┘
 *        └▶ EpochTrained 1 … EpochEvaluated E ─▶ ShardsRequested (test) ─▶ ShardCounted … ─▶ TestEvaluated ─▶ Finished
 * </pre>
 */
public final class RunDecider {
    private final @Nullable RunState before;
    private @Nullable RunState state;
    private final Instant now;
    private final List<RunEvent> events = new ArrayList<>();
    private final Map<String, @Nullable RunFact> changes = new LinkedHashMap<>();
    private final List<Outbox.Message> replies = new ArrayList<>();

    private RunDecider(@Nullable RunState state, Instant now) {
        this.before = state;
        this.state = state;
        this.now = now;
    }

    /**
     * The result of a decision.
     *
     * @param state after the events; null if the run is unknown
     * @param events events to write; {@code state} has replayed them
     * @param changes changed entries of the store: slot to fact, null where the fact is superseded
     * @param replies messages that follow from the input alone
     */
    public record Decision(
            @Nullable RunState state,
            List<RunEvent> events,
            Map<String, @Nullable RunFact> changes,
            List<Outbox.Message> replies) {}

    /**
     * @param state current state of the run, changed by this call; null if the run is unknown
     * @param now time of the input, and so of the events
     */
    public static Decision decide(@Nullable RunState state, RunInput input, Instant now) {
        var decider = new RunDecider(state, now);
        decider.decide(input);
        return new Decision(decider.state, decider.events, decider.changes, decider.replies);
    }

    private void decide(RunInput input) {
        if (input instanceof RunInput.Plan plan) {
            if (before == null) {
                plan(plan.plan(), plan.allowance());
            } else { // another experiment of the same name has it too, and must know where it stands
                replies.add(new Outbox.ToExperiment(before.report(now)));
            }
            return;
        }
        if (before == null) {
            unknown(input);
        } else if (input instanceof RunInput.Await await) {
            await(before, await.dependent());
        } else if (input instanceof RunInput.Order order) {
            new RunOrders(this, before).obey(order);
        } else if (!before.phase().isTerminal()) {
            decide(before, input);
        }
    }

    private void decide(RunState run, RunInput input) {
        if (input instanceof RunInput.WarmStartReady ready) {
            if (run.phase() == Phase.WAITING_FOR_WARM_START) {
                emit(new WarmStarted(run.plan().runId(), ready.weights(), now));
                requestTraining(run, Failures.NONE, null);
            }
        } else if (input instanceof RunInput.WarmStartFailed failed) {
            if (run.phase() == Phase.WAITING_FOR_WARM_START) {
                fail(
                        run,
                        String.format(
                                Locale.ROOT,
                                "its warm start %s failed: %s",
                                run.plan().warmStartRun(),
                                failed.reason()));
            }
        } else if (input instanceof EpochTrained epoch) {
            trained(run, epoch);
        } else if (input instanceof ShardAttacked shard) {
            shardAttacked(run, shard);
        } else if (input instanceof WorkProgressed progress) {
            new RunAttempts(this, run).progressed(progress);
        } else if (input instanceof WorkFailed failed) {
            new RunAttempts(this, run).failed(failed);
        } else if (input instanceof RunInput.NoLongerAwaited unawaited) {
            unawait(run, unawaited.dependent());
        } else if (input instanceof RunInput.Turn turn) {
            if (run.wantsTurn() && turn.attempt() == run.attempt() + 1) {
                var failures = run.trainingFailures();
                emit(new TrainingRequested(
                        run.plan().runId(),
                        turn.attempt(),
                        failures,
                        failures.equals(Failures.NONE) ? null : run.trouble(),
                        now));
            }
        } else if (input instanceof RunInput.Allow more) {
            new RunOrders(this, run).allow(more.epochs());
        } else if (input instanceof RunInput.GiveUp giveUp) {
            fail(run, giveUp.reason());
        } else if (input instanceof RunInput.Tick tick) {
            new RunAttempts(this, run).tick(tick.upSince());
        } else {
            throw new IllegalStateException("an input that nobody handles: " + input);
        }
    }

    private void plan(RunPlan plan, int allowance) {
        var planned = new Planned(plan, now);
        events.add(planned);
        state = RunState.planned(planned, changes);
        if (allowance < state.epochs()) {
            emit(new Allowed(plan.runId(), allowance, now));
        }
        if (plan.warmStartRun() == null) {
            requestTraining(state, Failures.NONE, null);
        }
    }

    private void unknown(RunInput input) {
        if (input instanceof RunInput.Await await) {
            var why = String.format(
                    Locale.ROOT, "its warm start %s is not known any more; submit the spec again", await.runId());
            replies.add(new Outbox.ToRun(new RunInput.WarmStartFailed(await.dependent(), why)));
        } else if (input instanceof RunInput.Order order && order.command() != null) {
            var answer = order.command()
                    .refused(String.format(
                            Locale.ROOT,
                            "no run %s is known, or not any more; to run it again, submit its spec again",
                            order.runId()));
            replies.add(new Outbox.Answered(order.runId(), answer));
        }
    }

    /** A warm start that has not led to weights is tried again for those that ask now. */
    private void await(RunState run, String dependent) {
        if (!run.dependents().contains(dependent)) {
            emit(new Awaited(run.plan().runId(), dependent, now));
        }
        if (run.phase() == Phase.FINISHED) {
            replies.add(Outbox.ofWarmStart(run, dependent));
        } else if (run.phase().isTerminal()) {
            new RunOrders(this, run).reopen("a run needs it");
        } else if (run.order() != null) {
            new RunOrders(this, run).resume("a run needs it");
        }
    }

    private void unawait(RunState run, String dependent) {
        if (run.dependents().contains(dependent)) {
            emit(new Unawaited(run.plan().runId(), dependent, now));
            if (run.dependents().isEmpty()) {
                new RunOrders(this, run).halt(Verb.STOP, "no run needs it any more");
            }
        }
    }

    /** The next step of a run that rested or had ended. */
    void goOn(RunState run) {
        var trained = run.trained();
        if (trained != null && run.isLastEpoch(trained.epoch())) {
            if (isEvaluated(run)) {
                testOrFinish(run);
            } else {
                requestShards(run, Part.VALIDATION, trained.epoch(), run.evaluatedWeights(trained), Selection.LAST);
            }
        } else {
            requestTraining(run, Failures.NONE, null);
        }
    }

    /** Whether the last epoch that was trained is evaluated. */
    private static boolean isEvaluated(RunState run) {
        var evaluated = run.evaluated();
        return evaluated != null && evaluated.epoch() == run.trainedEpoch();
    }

    /**
     * Ends or parks a run that is not to go on now.
     *
     * @return whether it is not to go on
     */
    boolean rest(RunState run) {
        var runId = run.plan().runId();
        var order = run.order();
        int trained = run.trainedEpoch();
        if (order != null && order.verb() == Verb.STOP) {
            emit(new Stopped(runId, order.reason(), now));
        } else if (order != null) {
            emit(new Parked(runId, order.reason(), now));
        } else if (trained >= run.allowance() && trained < run.epochs() && isEvaluated(run)) {
            emit(new Parked(
                    runId,
                    String.format(
                            Locale.ROOT,
                            "has trained %d of %d epochs; its experiment decides whether it goes on",
                            trained,
                            run.epochs()),
                    now));
        } else {
            return false;
        }
        return true;
    }

    private void trained(RunState run, EpochTrained epoch) {
        var last = run.trained();
        int expected = last == null ? 0 : last.epoch() + 1;
        boolean awaited = run.hasTurn() && (run.phase() == Phase.QUEUED || run.phase() == Phase.TRAINING);
        if (last != null && epoch.epoch() == last.epoch() && epoch.weights().equals(last.weights())) {
            if (!run.taken() && epoch.attempt() == run.attempt() && run.trainingRetry() == null) {
                emit(new TrainingResumed(run.plan().runId(), epoch.epoch(), epoch.attempt(), epoch.host(), now));
                if (run.evaluation() == null && !isEvaluated(run)) { // it had ended during the evaluation
                    requestShards(run, Part.VALIDATION, last.epoch(), run.evaluatedWeights(last), Selection.LAST);
                }
            }
        } else if (epoch.epoch() < expected) {
            drop(run, epoch, String.format(Locale.ROOT, "epoch %d was announced before", expected - 1));
        } else if (epoch.epoch() > expected || !awaited) {
            drop(run, epoch, String.format(Locale.ROOT, "epoch %d was not requested yet", epoch.epoch()));
        } else if (epoch.epoch() > run.plan().settings().training().epochs()) {
            drop(
                    run,
                    epoch,
                    String.format(
                            Locale.ROOT,
                            "the run has %d epochs",
                            run.plan().settings().training().epochs()));
        } else if (last != null && !last.manifest().equals(epoch.manifest())) {
            fail(
                    run,
                    String.format(
                            Locale.ROOT,
                            "the data of epoch %d on %s differs from that of the epochs before: %s, not %s",
                            epoch.epoch(),
                            epoch.host(),
                            epoch.manifest(),
                            last.manifest()));
        } else {
            var retry = run.trainingRetry();
            if (retry != null) { // the trainer failed after this epoch, and its report was faster
                requestTraining(run, retry.failures(), retry.reason());
            }
            emit(new Trained(epoch, run.taken() || epoch.attempt() == run.attempt(), now));
            requestShards(run, Part.VALIDATION, epoch.epoch(), run.evaluatedWeights(epoch), Selection.LAST);
        }
    }

    private void drop(RunState run, EpochTrained epoch, String why) {
        drop(run, String.format(Locale.ROOT, "epoch %d from %s", epoch.epoch(), epoch.host()), why);
    }

    private void drop(RunState run, String what, String why) {
        emit(new Dropped(run.plan().runId(), what, why, now));
    }

    private void requestShards(RunState run, Part part, int epoch, CheckpointRef weights, Selection selection) {
        emit(new ShardsRequested(
                run.plan().runId(),
                part,
                epoch,
                1,
                Failures.NONE,
                run.shardCount(part),
                null,
                weights,
                selection,
                null,
                now));
    }

    private void shardAttacked(RunState run, ShardAttacked shard) {
        var ledger = run.evaluation();
        if (ledger == null || !ledger.isOf(shard.part(), shard.epoch())) {
            drop(run, shard, "it does not belong to the current evaluation");
        } else if (!ledger.first().weights().sha256().equals(shard.weightsSha256())) {
            drop(run, shard, "it attacked other weights");
        } else if (shard.shard() < 0 || shard.shard() >= ledger.first().shards()) {
            drop(run, shard, "there is no such shard");
        } else if (!ledger.isCounted(shard.shard())) {
            count(run, ledger, shard);
        }
    }

    private void drop(RunState run, ShardAttacked shard, String why) {
        drop(
                run,
                String.format(
                        Locale.ROOT,
                        "shard %d of %s, epoch %d, from %s",
                        shard.shard(),
                        shard.part(),
                        shard.epoch(),
                        shard.host()),
                why);
    }

    private void count(RunState run, Ledger ledger, ShardAttacked shard) {
        var runId = run.plan().runId();
        var asked = ledger.first();
        var manifest = trainedOf(run).manifest();
        int classes = shard.tally().classes();
        if (classes != manifest.classes()) {
            drop(
                    run,
                    shard,
                    String.format(Locale.ROOT, "it counts %d classes, the data has %d", classes, manifest.classes()));
            return;
        }
        emit(new ShardCounted(
                runId, asked.part(), asked.epoch(), shard.shard(), shard.tally(), shard.duration(), shard.host(), now));
        if (!ledger.isComplete()) {
            return;
        }
        if (!manifest.matches(asked.part(), ledger.sum())) {
            fail(
                    run,
                    String.format(
                            Locale.ROOT,
                            "the shards of %s, epoch %d, hold %s samples of the classes; the split has %s",
                            asked.part(),
                            asked.epoch(),
                            seenPerClass(ledger.sum()),
                            manifest.of(asked.part())));
        } else if (asked.part() == Part.VALIDATION) {
            evaluate(run, ledger);
        } else {
            emit(new TestEvaluated(
                    runId,
                    asked.selection(),
                    asked.epoch(),
                    asked.weights(),
                    ledger.sum(),
                    ledger.attackDuration(),
                    now));
            testOrFinish(run);
        }
    }

    private static List<Long> seenPerClass(Tally sum) {
        return IntStream.range(0, sum.classes()).mapToObj(sum::seen).toList();
    }

    /**
     * All shards of an epoch are counted, or as many as the run can do without: computes the fairness update and the best epoch; after the
     * last epoch, the test.
     */
    void evaluate(RunState run, Ledger ledger) {
        var asked = ledger.first();
        var sum = ledger.sum();
        var evaluation = new EpochEvaluation(sum);
        var errors = evaluation.errors();
        var policy = FairnessPolicy.of(run.plan().settings().fairness());
        var update = policy.next(run.policyState(policy, sum.classes()), evaluation, asked.epoch());
        double score = (1 - errors.totalRobust()) + (1 - errors.robust().max());
        emit(new EpochEvaluated(
                        run.plan().runId(),
                        asked.epoch(),
                        ledger.countedShards(),
                        asked.shards(),
                        sum,
                        ledger.attackDuration(),
                        update,
                        asked.epoch(),
                        score,
                        asked.weights(),
                        now)
                .orBetter(run.evaluated()));
        if (!run.isLastEpoch(asked.epoch())) {
            rest(run);
        } else if (run.isOrdered(Verb.STOP)) {
            rest(run);
        } else {
            testOrFinish(run);
        }
    }

    private void testOrFinish(RunState run) {
        var trained = trainedOf(run);
        var last = run.lastWeights();
        var evaluated = run.evaluated();
        if (last == null || evaluated == null) {
            throw new IllegalStateException("run " + run.plan().runId() + " has nothing to test");
        }
        if (!run.tested(Selection.LAST)) {
            requestShards(run, Part.TEST, trained.epoch(), last, Selection.LAST);
        } else if (run.plan().settings().attack().test().best() && !run.tested(Selection.BEST)) {
            requestShards(run, Part.TEST, evaluated.bestEpoch(), evaluated.bestWeights(), Selection.BEST);
        } else {
            emit(new Finished(run.plan().runId(), now));
        }
    }

    /** Requests training, or a turn if the run has none. A run that is to stop or to rest does that, once it is evaluated. */
    void requestTraining(RunState run, Failures failures, @Nullable String reason) {
        if (run.evaluation() != null && run.order() != null) {
            return;
        }
        if (run.evaluation() == null && rest(run)) {
            return;
        }
        int attempt = run.attempt() + 1;
        if (run.hasTurn()) {
            emit(new TrainingRequested(run.plan().runId(), attempt, failures, reason, now));
        } else {
            emit(new TurnWanted(run.plan().runId(), attempt, failures, reason, now));
        }
    }

    void fail(RunState run, String reason) {
        emit(new Failed(run.plan().runId(), reason, now));
    }

    private static EpochTrained trainedOf(RunState run) {
        var trained = run.trained();
        if (trained == null) {
            throw new IllegalStateException("run " + run.plan().runId() + " has trained nothing yet");
        }
        return trained;
    }

    Instant now() {
        return now;
    }

    /** Number of events so far. */
    int decided() {
        return events.size();
    }

    void reply(Outbox.Message message) {
        replies.add(message);
    }

    void emit(RunEvent event) {
        events.add(event);
        if (state != null) {
            state.store(event, changes);
            state.replay(event);
        }
    }
}
