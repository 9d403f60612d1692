package dev.frl.core.run;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Verb;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;
import dev.frl.core.errors.Wilson;
import dev.frl.core.failure.Failures;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunReport.Score;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What is told of a run: its status, in words and numbers, and its report to its experiment. */
final class RunStatuses {
    private RunStatuses() {}

    static RunStatus status(RunState run) {
        var plan = run.plan();
        var ledger = run.evaluation();
        return new RunStatus(
                plan.runId(),
                plan.experiment(),
                plan.experimentId(),
                plan.variant(),
                plan.settings().fairness().policy().label(),
                plan.settings().training().seed(),
                plan.warmStart(),
                plan.warmStartRun(),
                run.plannedAt(),
                run.phase(),
                run.trainedEpoch(),
                run.epochs(),
                reason(run),
                run.since(),
                deadline(run),
                next(run),
                ledger == null ? run.attempt() : ledger.attempt(),
                run.hasTurn(),
                ledger == null ? 0 : ledger.countedShards(),
                ledger == null ? 0 : ledger.first().shards(),
                run.progress(),
                validation(run),
                test(run));
    }

    private static Instant deadline(RunState run) {
        if (run.phase().isTerminal()) {
            return run.since();
        }
        var retry = run.phase() == Phase.QUEUED ? run.trainingRetry() : null;
        return retry != null ? retry.until() : run.lastSign().plus(run.patience());
    }

    /** What happens at the end of the wait. */
    private static String next(RunState run) {
        return switch (run.phase()) {
            case WAITING_FOR_WARM_START ->
                "nothing changes; its warm start has a deadline of its own, and the run ends with it";
            case QUEUED -> nextOfQueued(run);
            case PAUSED -> "the run ends";
            case TRAINING -> nextOf(run, run.trainingFailures(), "the run is given to another trainer");
            case EVALUATING, TESTING -> {
                var ledger = run.evaluation();
                if (ledger != null && RunAttempts.mayBePartial(run, ledger)) {
                    yield String.format(
                            Locale.ROOT, "the epoch is evaluated on the %d shards that are in", ledger.countedShards());
                }
                if (ledger != null && !ledger.taken()) {
                    var failures = ledger.failures().plusUntaken();
                    yield run.untakenPatience(failures).compareTo(Duration.ZERO) <= 0
                            ? "the run fails, since no attacker took its shards"
                            : String.format(
                                    Locale.ROOT,
                                    "the missing shards are given out again, as attempt %d",
                                    ledger.attempt() + 1);
                }
                yield nextOf(
                        run,
                        ledger == null ? Failures.NONE : ledger.failures(),
                        "the missing shards are given out again");
            }
            case FINISHED, FAILED, STOPPED -> "";
        };
    }

    private static String nextOfQueued(RunState run) {
        if (run.wantsTurn()) {
            return "the run fails if no trainer was in sight until then; it waits as long as one is";
        }
        if (run.trainingRetry() != null) {
            return String.format(Locale.ROOT, "attempt %d begins", run.attempt() + 1);
        }
        var failures = run.trainingFailures().plusUntaken();
        return run.untakenPatience(failures).compareTo(Duration.ZERO) <= 0
                ? "the run fails, since no trainer took it"
                : String.format(
                        Locale.ROOT, "its assignment is void, and is published again as attempt %d", run.attempt() + 1);
    }

    private static String nextOf(RunState run, Failures before, String again) {
        int most = run.plan().settings().deadlines().maxAttempts();
        var failures = before.plusSilence();
        return String.format(
                Locale.ROOT,
                "%s; failure %d of %d",
                failures.exhausted(most) ? "the run fails" : again,
                failures.counted(),
                most);
    }

    static RunReport report(RunState run, Instant at) {
        var plan = run.plan();
        return new RunReport(
                plan.runId(),
                plan.experiment(),
                plan.experimentId(),
                run.phase(),
                run.trainedEpoch(),
                validation(run),
                test(run),
                reason(run),
                at);
    }

    private static @Nullable Score validation(RunState run) {
        var evaluated = run.evaluated();
        return evaluated == null ? null : score(run, evaluated.epoch(), evaluated.tally(), evaluated.isPartial());
    }

    private static @Nullable Score test(RunState run) {
        var test = run.test(Selection.LAST);
        return test == null ? null : score(run, test.epoch(), test.tally(), false);
    }

    private static Score score(RunState run, int epoch, Tally tally, boolean partial) {
        var errors = ClassErrors.of(tally);
        int worst = errors.robust().argMax();
        var trained = run.trained();
        var names = trained == null ? List.<String>of() : trained.manifest().classNames();
        return new Score(
                epoch,
                1 - errors.totalStandard(),
                1 - errors.totalRobust(),
                1 - errors.robust().max(),
                Wilson.low(tally.seen(worst) - tally.wrongRobust(worst), tally.seen(worst)),
                worst < names.size() ? names.get(worst) : "class " + worst,
                tally.seen(),
                partial);
    }

    private static String reason(RunState run) {
        var waits = waits(run);
        var order = run.order();
        if (order != null && !run.phase().isTerminal() && run.phase() != Phase.PAUSED) {
            waits = String.format(Locale.ROOT, "%s; then it %s", waits, order.verb() == Verb.STOP ? "ends" : "rests");
        }
        return run.trouble() == null
                ? waits
                : String.format(Locale.ROOT, "%s (previous attempt: %s)", waits, run.trouble());
    }

    private static String waits(RunState run) {
        var trained = run.trained();
        var ledger = run.evaluation();
        var parked = run.parked();
        return switch (run.phase()) {
            case WAITING_FOR_WARM_START -> "waits for warm start " + run.plan().warmStartRun();
            case QUEUED -> queued(run);
            case PAUSED -> parked == null ? "rests" : parked.reason();
            case TRAINING ->
                String.format(
                        Locale.ROOT,
                        "waits for the trainer to finish epoch %d of %d",
                        trained == null ? 0 : trained.epoch() + 1,
                        run.epochs());
            case EVALUATING, TESTING ->
                ledger == null
                        ? "is tested; the controller decides the next step" // between two events of one decision
                        : String.format(
                                Locale.ROOT,
                                "waits for attackers: %d of %d shards of %s are in",
                                ledger.countedShards(),
                                ledger.first().shards(),
                                run.phase() == Phase.EVALUATING
                                        ? "epoch " + ledger.first().epoch()
                                        : "the test");
            case FINISHED -> "completed";
            case FAILED -> run.end() instanceof Failed failed ? failed.reason() : "failed";
            case STOPPED -> run.end() instanceof Stopped stopped ? stopped.reason() : "stopped";
        };
    }

    private static String queued(RunState run) {
        if (run.wantsTurn()) {
            return "waits for its turn: no trainer is free";
        }
        var retry = run.trainingRetry();
        if (retry != null) {
            return String.format(Locale.ROOT, "waits until %s before attempt %d", retry.until(), run.attempt() + 1);
        }
        var progress = run.progress();
        return progress == null
                ? "waits for a trainer, attempt " + Math.max(1, run.attempt())
                : String.format(
                        Locale.ROOT,
                        "waits for the trainer on %s to start, attempt %d",
                        progress.host(),
                        run.attempt());
    }
}
