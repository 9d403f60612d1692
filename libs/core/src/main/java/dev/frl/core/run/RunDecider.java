package dev.frl.core.run;

import dev.frl.core.fairness.EpochEvaluation;
import dev.frl.core.fairness.FairnessPolicy;
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
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.settings.Part;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
     */
    public record Decision(@Nullable RunState state, List<RunEvent> events, Map<String, @Nullable RunFact> changes) {}

    /**
     * @param state current state of the run, changed by this call; null if the run is unknown
     * @param now time of the input, and so of the events
     */
    public static Decision decide(@Nullable RunState state, RunInput input, Instant now) {
        var decider = new RunDecider(state, now);
        decider.decide(input);
        return new Decision(decider.state, decider.events, decider.changes);
    }

    private void decide(RunInput input) {
        if (input instanceof RunInput.Plan plan) {
            if (before == null) {
                plan(plan.plan());
            }
            return;
        }
        if (before == null) {
            return;
        }
        if (input instanceof RunInput.Await await) {
            await(before, await.dependents());
        } else if (!before.phase().isTerminal()) {
            decide(before, input);
        }
    }

    private void decide(RunState run, RunInput input) {
        if (input instanceof RunInput.WarmStartReady ready) {
            if (run.phase() == Phase.WAITING_FOR_WARM_START) {
                emit(new WarmStarted(run.plan().runId(), ready.weights(), now));
                requestTraining(run, null);
            }
        } else if (input instanceof RunInput.WarmStartFailed failed) {
            if (run.phase() == Phase.WAITING_FOR_WARM_START) {
                fail(run, "its warm start %s failed: %s".formatted(run.plan().warmStartRun(), failed.reason()));
            }
        } else if (input instanceof RunInput.Trained trained) {
            trained(run, trained.epoch());
        } else if (input instanceof ShardAttacked shard) {
            shardAttacked(run, shard);
        } else if (input instanceof WorkFailed failed) {
            workFailed(run, failed);
        } else if (input instanceof RunInput.GiveUp giveUp) {
            fail(run, giveUp.reason());
        } else if (input instanceof RunInput.Tick tick) {
            tick(run, tick.upSince());
        } else {
            throw new IllegalStateException("an input that nobody handles: " + input);
        }
    }

    private void plan(RunPlan plan) {
        var planned = new Planned(plan, now);
        events.add(planned);
        state = RunState.planned(planned, changes);
        if (plan.warmStartRun() == null) {
            requestTraining(state, null);
        }
    }

    private void await(RunState run, List<String> dependents) {
        var fresh =
                dependents.stream().filter(d -> !run.dependents().contains(d)).toList();
        if (!fresh.isEmpty()) {
            emit(new Awaited(run.plan().runId(), fresh, now));
        }
    }

    private void trained(RunState run, EpochTrained epoch) {
        var last = run.trained();
        int expected = last == null ? 0 : last.epoch() + 1;
        boolean awaited = run.phase() == Phase.QUEUED || run.phase() == Phase.TRAINING;
        if (last != null && epoch.epoch() == last.epoch() && epoch.weights().equals(last.weights())) {
            if (run.phase() == Phase.QUEUED) {
                emit(new TrainingResumed(run.plan().runId(), epoch.epoch(), epoch.attempt(), epoch.host(), now));
            }
        } else if (epoch.epoch() < expected) {
            drop(run, epoch, "epoch %d was announced before".formatted(expected - 1));
        } else if (epoch.epoch() > expected || !awaited) {
            drop(run, epoch, "epoch %d was not requested yet".formatted(epoch.epoch()));
        } else if (epoch.epoch() > run.plan().settings().training().epochs()) {
            drop(
                    run,
                    epoch,
                    "the run has %d epochs"
                            .formatted(run.plan().settings().training().epochs()));
        } else if (last != null && !last.manifest().equals(epoch.manifest())) {
            fail(
                    run,
                    "the data of epoch %d on %s differs from that of the epochs before: %s, not %s"
                            .formatted(epoch.epoch(), epoch.host(), epoch.manifest(), last.manifest()));
        } else {
            emit(epoch);
            requestShards(run, Part.VALIDATION, epoch.epoch(), run.evaluatedWeights(epoch), Selection.LAST);
        }
    }

    private void drop(RunState run, EpochTrained epoch, String why) {
        emit(new Dropped(run.plan().runId(), "epoch %d from %s".formatted(epoch.epoch(), epoch.host()), why, now));
    }

    private void requestShards(RunState run, Part part, int epoch, CheckpointRef weights, Selection selection) {
        int shards = run.plan().settings().attack().of(part).shards();
        emit(new ShardsRequested(
                run.plan().runId(),
                part,
                epoch,
                1,
                0,
                IntStream.range(0, shards).boxed().toList(),
                weights,
                selection,
                null,
                now));
    }

    private void shardAttacked(RunState run, ShardAttacked shard) {
        var asked = run.shardsRequested();
        var what =
                "shard %d of %s, epoch %d, from %s".formatted(shard.shard(), shard.part(), shard.epoch(), shard.host());
        if (asked == null || asked.part() != shard.part() || asked.epoch() != shard.epoch()) {
            emit(new Dropped(run.plan().runId(), what, "it does not belong to the current evaluation", now));
        } else if (!asked.weights().sha256().equals(shard.weightsSha256())) {
            emit(new Dropped(run.plan().runId(), what, "it attacked other weights", now));
        } else if (shard.shard() < 0 || shard.shard() >= asked.shards().size()) {
            emit(new Dropped(run.plan().runId(), what, "there is no such shard", now));
        } else if (!run.counted(shard.shard())) {
            count(run, asked, shard);
        }
    }

    private void count(RunState run, ShardsRequested asked, ShardAttacked shard) {
        var runId = run.plan().runId();
        var manifest = trainedOf(run).manifest();
        if (shard.tally().classes() != manifest.classes()) {
            emit(new Dropped(
                    runId,
                    "shard %d from %s".formatted(shard.shard(), shard.host()),
                    "it counts %d classes, the data has %d"
                            .formatted(shard.tally().classes(), manifest.classes()),
                    now));
            return;
        }
        emit(new ShardCounted(
                runId, asked.part(), asked.epoch(), shard.shard(), shard.tally(), shard.duration(), shard.host(), now));
        if (!run.allCounted()) {
            return;
        }
        if (!manifest.matches(asked.part(), run.sum())) {
            fail(
                    run,
                    "the shards of %s, epoch %d, hold %s samples of the classes; the split has %s"
                            .formatted(asked.part(), asked.epoch(), seenPerClass(run), manifest.of(asked.part())));
        } else if (asked.part() == Part.VALIDATION) {
            evaluate(run, asked);
        } else {
            emit(new TestEvaluated(runId, asked.selection(), asked.epoch(), asked.weights(), run.sum(), now));
            testOrFinish(run);
        }
    }

    private static List<Long> seenPerClass(RunState run) {
        var sum = run.sum();
        return IntStream.range(0, sum.classes()).mapToObj(sum::seen).toList();
    }

    /** All shards of an epoch are counted: computes the fairness update and the best epoch; after the last epoch, the test. */
    private void evaluate(RunState run, ShardsRequested asked) {
        var sum = run.sum();
        var evaluation = new EpochEvaluation(sum);
        var errors = evaluation.errors();
        var policy = FairnessPolicy.of(run.plan().settings().fairness());
        var update = policy.next(run.policyState(policy, sum.classes()), evaluation, asked.epoch());
        double score = (1 - errors.totalRobust()) + (1 - errors.robust().max());
        emit(new EpochEvaluated(
                        run.plan().runId(), asked.epoch(), sum, update, asked.epoch(), score, asked.weights(), now)
                .orBetter(run.evaluated()));
        if (asked.epoch() == run.plan().settings().training().epochs()) {
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

    private void workFailed(RunState run, WorkFailed failed) {
        var reason = "%s (on %s)".formatted(failed.reason(), failed.host());
        int allowed = run.plan().settings().deadlines().maxAttempts();
        if (failed.part() == null) {
            if (failed.attempt() != run.attempt() || run.phase() == Phase.TESTING) {
                return; // from a trainer that was replaced before
            }
            if (failed.retryable() && run.trainingFailures() + 1 < allowed) {
                requestTraining(run, reason);
            } else {
                fail(run, reason);
            }
            return;
        }
        var asked = run.shardsRequested();
        if (asked == null
                || asked.part() != failed.part()
                || asked.epoch() != failed.epoch()
                || failed.attempt() != run.shardAttempt()
                || run.counted(failed.shard())) {
            return;
        }
        if (failed.retryable() && run.shardFailures() + 1 < allowed) {
            requestMissingShards(run, asked, reason);
        } else {
            fail(run, "shard %d of %s, epoch %d: %s".formatted(failed.shard(), asked.part(), asked.epoch(), reason));
        }
    }

    private void tick(RunState run, Instant upSince) {
        if (now.isBefore(run.deadline(upSince))) {
            return;
        }
        var deadlines = run.plan().settings().deadlines();
        switch (run.phase()) {
            case WAITING_FOR_WARM_START ->
                fail(
                        run,
                        "warm start %s did not end within %s"
                                .formatted(run.plan().warmStartRun(), deadlines.queue()));
            case QUEUED -> fail(run, "no trainer took the run within %s".formatted(deadlines.queue()));
            case TRAINING -> {
                var reason = "the trainer announced no epoch within %s".formatted(deadlines.epoch());
                if (run.trainingFailures() + 1 < deadlines.maxAttempts()) {
                    requestTraining(run, reason);
                } else {
                    fail(run, reason + ", in any of %d attempts".formatted(run.trainingFailures() + 1));
                }
            }
            case EVALUATING, TESTING -> {
                var reason = "shards %s did not come back within %s".formatted(run.missingShards(), deadlines.epoch());
                var asked = run.shardsRequested();
                if (asked != null && run.shardFailures() + 1 < deadlines.maxAttempts()) {
                    requestMissingShards(run, asked, reason);
                } else {
                    fail(run, reason + ", in any of %d attempts".formatted(run.shardFailures() + 1));
                }
            }
            case FINISHED, FAILED -> {}
        }
    }

    private void requestTraining(RunState run, @Nullable String reason) {
        int failures = reason == null ? 0 : run.trainingFailures() + 1;
        emit(new TrainingRequested(run.plan().runId(), run.attempt() + 1, failures, reason, now));
    }

    private void requestMissingShards(RunState run, ShardsRequested asked, String reason) {
        emit(new ShardsRequested(
                asked.runId(),
                asked.part(),
                asked.epoch(),
                run.shardAttempt() + 1,
                run.shardFailures() + 1,
                run.missingShards(),
                asked.weights(),
                asked.selection(),
                reason,
                now));
    }

    private void fail(RunState run, String reason) {
        emit(new Failed(run.plan().runId(), reason, now));
    }

    private static EpochTrained trainedOf(RunState run) {
        var trained = run.trained();
        if (trained == null) {
            throw new IllegalStateException("run " + run.plan().runId() + " has trained nothing yet");
        }
        return trained;
    }

    private void emit(RunEvent event) {
        events.add(event);
        if (state != null) {
            state.store(event, changes);
            state.replay(event);
        }
    }
}
