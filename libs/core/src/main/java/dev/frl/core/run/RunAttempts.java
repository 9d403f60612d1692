package dev.frl.core.run;

import dev.frl.core.HumanTime;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.failure.Failures;
import dev.frl.core.run.RunEvent.Progressed;
import dev.frl.core.run.RunEvent.RetryPlanned;
import dev.frl.core.run.RunEvent.ShardDuplicated;
import dev.frl.core.run.RunEvent.ShardsRequested;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.settings.Part;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Attempts at the work of a run: progress that workers report, failures, and what did not come in time. Each ends in another attempt, or
 * in the end of the run.
 */
final class RunAttempts {
    private final RunDecider decider;
    private final RunState run;
    private final String id;
    private final Instant now;

    RunAttempts(RunDecider decider, RunState run) {
        this.decider = decider;
        this.run = run;
        this.id = run.plan().runId();
        this.now = decider.now();
    }

    void progressed(WorkProgressed report) {
        boolean current;
        if (report.work() instanceof Work.Shard shard) {
            var ledger = run.evaluation();
            current = ledger != null && isUnderWay(ledger, shard, report.attempt());
        } else {
            current = run.hasTurn()
                    && run.evaluation() == null
                    && report.attempt() == run.attempt()
                    && report.work().epoch() == run.trainedEpoch() + 1
                    && run.trainingRetry() == null;
        }
        if (current) {
            decider.emit(new Progressed(report, now));
        }
    }

    private static boolean isUnderWay(Ledger ledger, Work.Shard shard, int attempt) {
        return ledger.isOf(shard.part(), shard.epoch())
                && shard.shard() >= 0
                && shard.shard() < ledger.first().shards()
                && !ledger.isCounted(shard.shard())
                && ledger.attemptOf(shard.shard()) == attempt
                && ledger.retryOf(shard.shard()) == null;
    }

    /** A report from a worker that was replaced before, or about work that is not needed any more, changes nothing. */
    void failed(WorkFailed failed) {
        var reason = String.format(Locale.ROOT, "%s (on %s)", failed.reason(), failed.host());
        if (failed.work() instanceof Work.Shard shard) {
            var ledger = run.evaluation();
            if (ledger != null && isUnderWay(ledger, shard, failed.attempt())) {
                var told = String.format(
                        Locale.ROOT,
                        "shard %d of %s, epoch %d: %s",
                        shard.shard(),
                        shard.part(),
                        shard.epoch(),
                        reason);
                retryOrFail(failed, ledger.failures().plus(failed.host(), failed.kind()), told);
            }
        } else if (failed.work() instanceof Work.EpochTraining) {
            boolean needed = run.hasTurn() && run.trainedEpoch() < run.epochs();
            if (needed && failed.attempt() == run.attempt() && run.trainingRetry() == null) {
                retryOrFail(failed, run.trainingFailures().plus(failed.host(), failed.kind()), reason);
            }
        } else {
            throw new IllegalStateException("work that nobody handles: " + failed.work());
        }
    }

    private void retryOrFail(WorkFailed failed, Failures failures, String reason) {
        if (failed.kind() == FailureKind.PERMANENT || failures.exhausted(maxAttempts())) {
            decider.fail(run, reason);
        } else if (failures.pause().isZero()) {
            request(failed.work(), failures, reason);
        } else {
            decider.emit(new RetryPlanned(id, failed.work(), failures, reason, now.plus(failures.pause()), now));
        }
    }

    private void request(Work work, Failures failures, String reason) {
        if (work instanceof Work.Shard shard) {
            requestAgain(shard.shard(), failures, reason);
        } else {
            decider.requestTraining(run, failures, reason);
        }
    }

    private int maxAttempts() {
        return run.plan().settings().deadlines().maxAttempts();
    }

    void tick(Instant upSince) {
        var training = run.trainingRetry();
        if (training != null && !now.isBefore(training.until())) {
            decider.requestTraining(run, training.failures(), training.reason());
        }
        var ledger = run.evaluation();
        if (ledger != null) {
            ledger.retries().stream()
                    .filter(retry -> !now.isBefore(retry.until()))
                    .toList()
                    .forEach(retry -> request(retry.work(), retry.failures(), retry.reason()));
            ledger.stragglers(now, upSince).forEach(shard -> duplicate(ledger, shard));
        }
        boolean retries = run.trainingRetry() != null && run.evaluation() == null;
        if (!now.isBefore(run.deadline(upSince)) && !retries) {
            deadlinePassed();
        }
    }

    private void deadlinePassed() {
        var deadlines = run.plan().settings().deadlines();
        switch (run.phase()) {
            case WAITING_FOR_WARM_START -> {} // it ends, at the latest by its own deadlines, and tells this run
            case QUEUED -> {
                if (!run.wantsTurn()) { // a run that waits for its turn waits until no trainer is in sight, and is told
                    // then
                    untaken();
                }
            }
            case PAUSED ->
                decider.emit(new Stopped(
                        id, String.format(Locale.ROOT, "it rested for %s", HumanTime.of(RunState.LONGEST_REST)), now));
            case TRAINING -> {
                var reason = String.format(
                        Locale.ROOT, "the trainer reported no progress within %s", HumanTime.of(deadlines.epoch()));
                var failures = run.trainingFailures().plusSilence();
                if (failures.exhausted(maxAttempts())) {
                    decider.fail(
                            run, String.format(Locale.ROOT, "%s, in any of %d attempts", reason, failures.tries()));
                } else {
                    decider.requestTraining(run, failures, reason);
                }
            }
            case EVALUATING, TESTING -> {
                var ledger = run.evaluation();
                if (ledger == null) {
                    throw new IllegalStateException("run " + id + " is evaluated without a ledger");
                }
                if (mayBePartial(run, ledger)) {
                    decider.evaluate(run, ledger);
                    return;
                }
                if (!ledger.taken()) {
                    untakenShards(ledger);
                    return;
                }
                var reason = String.format(
                        Locale.ROOT,
                        "no attacker reported progress on shards %s within %s",
                        missing(ledger),
                        HumanTime.of(deadlines.epoch()));
                var failures = ledger.failures().plusSilence();
                if (failures.exhausted(maxAttempts())) {
                    decider.fail(
                            run, String.format(Locale.ROOT, "%s, in any of %d attempts", reason, failures.tries()));
                } else {
                    requestAgain(null, failures, reason);
                }
            }
            case FINISHED, FAILED, STOPPED -> {}
        }
    }

    /**
     * No trainer gave a sign of the run. Its assignment may be gone: a share group drops a record that was delivered too often, and does not
     * know those from before it began. The run gives its turn back, so that it is published again only while a trainer is in sight; what
     * was published before is void.
     */
    private void untaken() {
        var failures = run.trainingFailures().plusUntaken();
        var waited = HumanTime.of(run.patience());
        if (run.untakenPatience(failures).compareTo(Duration.ZERO) <= 0) {
            var inAll = HumanTime.of(run.plan().settings().deadlines().queue());
            decider.fail(
                    run,
                    String.format(
                            Locale.ROOT,
                            "no trainer took the run within %s, in any of %d attempts",
                            inAll,
                            failures.untaken()));
        } else {
            var reason = String.format(Locale.ROOT, "no trainer took the run within %s", waited);
            decider.emit(new TurnWanted(id, run.attempt() + 1, failures, trouble(failures, reason), now));
        }
    }

    /**
     * No attacker gave a sign of the missing shards: there is none, all are busy or lack something, or the shards are gone, as an assignment
     * may be. They are given out again. Work that is done twice is counted once.
     */
    private void untakenShards(Ledger ledger) {
        var failures = ledger.failures().plusUntaken();
        if (run.untakenPatience(failures).compareTo(Duration.ZERO) <= 0) {
            decider.fail(
                    run,
                    String.format(
                            Locale.ROOT,
                            "no attacker took shards %s within %s, in any of %d attempts",
                            missing(ledger),
                            HumanTime.of(run.plan().settings().deadlines().queue()),
                            failures.untaken()));
        } else {
            var reason = String.format(
                    Locale.ROOT, "no attacker took shards %s within %s", missing(ledger), HumanTime.of(run.patience()));
            requestAgain(null, failures, trouble(failures, reason));
        }
    }

    /** Why an attempt failed before nobody took the next one says more than that. */
    private String trouble(Failures failures, String untaken) {
        String before = run.trouble();
        return failures.tries() > 0 && before != null ? before : untaken;
    }

    /** Whether the evaluation may end with the shards that are in, once its deadline has passed. */
    static boolean mayBePartial(RunState run, Ledger ledger) {
        return ledger.first().part() == Part.VALIDATION
                && ledger.isEnough(run.plan().settings().deadlines().minShardFraction());
    }

    private void duplicate(Ledger ledger, int shard) {
        var asked = ledger.first();
        decider.emit(new ShardDuplicated(
                id, asked.part(), asked.epoch(), shard, ledger.attemptOf(shard), ledger.hostOf(shard), now));
    }

    /** The numbers of the first few missing shards: a reason is a sentence, also where ten thousand are missing. */
    private static String missing(Ledger ledger) {
        var missing = ledger.missing();
        var first = missing.stream().limit(5).boxed().toList();
        int more = missing.cardinality() - first.size();
        return more == 0 ? first.toString() : String.format(Locale.ROOT, "%s and %d more", first, more);
    }

    /** @param shard null for all that are not counted */
    private void requestAgain(@Nullable Integer shard, Failures failures, String reason) {
        var ledger = run.evaluation();
        if (ledger == null) {
            throw new IllegalStateException("run " + id + " has no evaluation to repeat");
        }
        var asked = ledger.first();
        decider.emit(new ShardsRequested(
                asked.runId(),
                asked.part(),
                asked.epoch(),
                ledger.attempt() + 1,
                failures,
                shard == null ? ledger.missing().cardinality() : 1,
                shard,
                asked.weights(),
                asked.selection(),
                reason,
                now));
    }
}
