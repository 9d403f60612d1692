package dev.frl.core.experiment;

import dev.frl.core.HumanWords;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Extended;
import dev.frl.core.experiment.ExperimentEvent.ExtensionBegun;
import dev.frl.core.experiment.ExperimentEvent.ExtensionRunSeen;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.PointRevived;
import dev.frl.core.experiment.ExperimentEvent.Reopened;
import dev.frl.core.experiment.ExperimentEvent.Reported;
import dev.frl.core.experiment.ExperimentEvent.RetryQueued;
import dev.frl.core.experiment.ExperimentEvent.RunAdded;
import dev.frl.core.experiment.ExperimentEvent.RunAllowed;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.RunOrdered;
import dev.frl.core.experiment.ExperimentEvent.RungReached;
import dev.frl.core.experiment.ExperimentEvent.RunsWithheld;
import dev.frl.core.experiment.ExperimentEvent.Started;
import dev.frl.core.experiment.ExperimentEvent.Stopping;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.experiment.ExperimentEvent.WarmStartAdded;
import dev.frl.core.experiment.ExperimentEvent.WarmStartPlanned;
import dev.frl.core.experiment.ExperimentInput.AddRun;
import dev.frl.core.experiment.ExperimentInput.Submit;
import dev.frl.core.experiment.RunEntry.Activity;
import dev.frl.core.experiment.Search.Verdict;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Decides which events follow from an input in the experiment's current state. No clock, no I/O: the same input in the same state gives
 * the same events, and a repeated input gives none.
 *
 * <pre>
 *   Submitted ─▶ RunAdded … ─▶ Started ─▶ RunHandedOut … ─▶ Reported … ─▶ Ended
 *                                    ┌──────────────────────────┘
 *                                    └▶ RungReached ─▶ PointJudged ─▶ RunAllowed, or RunOrdered (STOP)
 * </pre>
 *
 * Warm starts are handed out with the first run that needs them. They may serve other experiments too: they get no orders, and end by
 * themselves when no run waits for them.
 */
public final class ExperimentDecider {
    private @Nullable ExperimentState state;
    private final Instant now;
    private final List<ExperimentEvent> events = new ArrayList<>();
    private final Map<String, @Nullable ExperimentFact> changes = new LinkedHashMap<>();
    private final List<RunInput.Signal> signals = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();

    private ExperimentDecider(@Nullable ExperimentState state, Instant now) {
        this.state = state;
        this.now = now;
    }

    /**
     * The result of a decision.
     *
     * @param state after the events; null if the experiment is unknown
     * @param events events to write; {@code state} has replayed them
     * @param changes changed entries of the store: slot to fact, null where the fact is superseded
     * @param signals signals to runs, in the order in which they must be sent
     * @param answers answers to commands
     */
    public record Decision(
            @Nullable ExperimentState state,
            List<ExperimentEvent> events,
            Map<String, @Nullable ExperimentFact> changes,
            List<RunInput.Signal> signals,
            List<Answer> answers) {}

    /**
     * @param state current state of an experiment that {@link Experiments#of} names, changed by this call; null if there is none
     * @param now time of the input, and so of the events; see {@link Experiments#timeOfSubmission}
     */
    public static Decision decide(@Nullable ExperimentState state, ExperimentInput input, Instant now) {
        var decider = new ExperimentDecider(state, now);
        decider.decide(input);
        return new Decision(decider.state, decider.events, decider.changes, decider.signals, decider.answers);
    }

    private void decide(ExperimentInput input) {
        if (input instanceof Submit submit && submit.extend() == null) {
            if (state == null) {
                submit(submit);
            } else {
                submitAgain(state);
            }
        } else if (state == null) {
            unknown(input);
        } else if (input instanceof Submit submit && submit.extend() != null) {
            extend(state, submit, submit.extend());
        } else if (input instanceof AddRun run) {
            add(state, run);
        } else if (input instanceof ExperimentInput.RunReported reported) {
            report(state, reported.report());
        } else if (input instanceof ExperimentInput.Ordered ordered) {
            new ExperimentOrders(this, state, ordered.command()).carryOut();
        } else {
            throw new IllegalStateException("an input that nobody handles: " + input);
        }
    }

    private void unknown(ExperimentInput input) {
        var none = "no experiment %s is known";
        if (input instanceof Submit submit && submit.extend() != null) {
            var command = submit.extend();
            answer(command.refused(
                    String.format(Locale.ROOT, none, command.target()) + "; submit its spec without extend"));
        } else if (input instanceof ExperimentInput.Ordered ordered) {
            answer(ordered.command()
                    .refused(String.format(Locale.ROOT, none, ordered.command().target())));
        }
    }

    private void submit(Submit submit) {
        var submitted = new Submitted(
                submit.experiment(),
                submit.experimentId(),
                submit.generation(),
                submit.labels(),
                submit.settings(),
                submit.runs(),
                now);
        events.add(submitted);
        state = ExperimentState.submitted(submitted, changes);
    }

    /** Runs that failed before they began, since their warm start or their hosts lacked something, are tried again. */
    private void submitAgain(ExperimentState experiment) {
        boolean halts = experiment.phase() == ExperimentPhase.STOPPING || experiment.phase() == ExperimentPhase.PAUSED;
        if (!experiment.isStarted() || halts) {
            return;
        }
        var runs = experiment.runs();
        var again = runs.all(RunEntry.Activity.FAILED)
                .mapToObj(runs::get)
                .filter(run -> run.report != null && run.report.epoch() < 0)
                .filter(run -> !runs.point(run.point).isOut())
                .toList();
        if (!again.isEmpty()) {
            var reason = "submitted again";
            reopen(experiment, reason);
            again.forEach(run -> emit(new RetryQueued(experiment.experimentId(), run.index, run.runId, reason, now)));
            advance(experiment);
        }
    }

    private void extend(ExperimentState experiment, Submit submit, Command command) {
        var begun = experiment.extension();
        if (command.id().equals(experiment.lastExtension())
                || (begun != null && command.id().equals(begun.command().id()))) {
            return;
        }
        if (!experiment.isStarted()) {
            answer(command.refused(notStarted(experiment)));
        } else if (experiment.phase() == ExperimentPhase.STOPPING) {
            answer(command.refused(String.format(
                    Locale.ROOT,
                    "experiment %s is being stopped; extend it when it has ended",
                    experiment.experimentId())));
        } else {
            var now = experiment.settings();
            var asked = submit.settings();
            boolean other = !Objects.equals(now.asha(), asked.asha())
                    || !now.constraints().equals(asked.constraints());
            emit(new ExtensionBegun(
                    experiment.experimentId(),
                    submit.experimentId(),
                    submit.runs(),
                    larger(now.parallelRuns(), asked.parallelRuns()),
                    larger(now.maxFailedRuns(), asked.maxFailedRuns()),
                    other,
                    command,
                    this.now));
        }
    }

    static String notStarted(ExperimentState experiment) {
        return String.format(
                Locale.ROOT,
                "of experiment %s, %d of %d runs have come in so far; try again in a moment, and if that does not help, submit its spec again",
                experiment.experimentId(),
                experiment.receivedRuns(),
                experiment.expectedRuns());
    }

    private static @Nullable Integer larger(@Nullable Integer a, @Nullable Integer b) {
        return a == null || b == null ? null : Integer.valueOf(Math.max(a, b));
    }

    private void add(ExperimentState experiment, AddRun run) {
        var runId = run.plan().runId();
        var extension = experiment.extension();
        if (extension != null && extension.askedId().equals(run.experimentId())) {
            if (!experiment.hasSeen(runId)) {
                int point = experiment.runs().pointOf(run.variant());
                var known = experiment.runs().points().get(point);
                boolean pruned = !run.plan().warmStart() && !experiment.knows(runId) && known != null && known.isOut();
                if (!pruned) {
                    addIfNew(experiment, run);
                }
                emit(new ExtensionRunSeen(experiment.experimentId(), runId, pruned, now));
                if (experiment.seenRuns() == extension.runs()) {
                    extended(experiment, extension);
                }
            }
        } else if (!experiment.isStarted() && run.experimentId().equals(experiment.experimentId())) {
            addIfNew(experiment, run);
            if (experiment.receivedRuns() == experiment.expectedRuns()) {
                var runs = experiment.runs();
                emit(new Started(experiment.experimentId(), runs.points().size(), runs.size(), now));
                advance(experiment);
            }
        }
    }

    private void addIfNew(ExperimentState experiment, AddRun run) {
        var plan = ofExperiment(run.plan(), experiment.experimentId());
        var runs = experiment.runs();
        if (plan.warmStart() && !experiment.knowsWarmStart(plan.runId())) {
            emit(new WarmStartAdded(plan, now));
        } else if (!plan.warmStart() && !experiment.knows(plan.runId())) {
            emit(new RunAdded(runs.size(), runs.pointOf(run.variant()), run.variant(), plan, now));
        }
    }

    /** A run that is added to an experiment belongs to it, and not to the one that its spec would be. */
    private static RunPlan ofExperiment(RunPlan plan, String experimentId) {
        return plan.experimentId().equals(experimentId)
                ? plan
                : new RunPlan(
                        plan.runId(),
                        plan.experiment(),
                        experimentId,
                        plan.variant(),
                        plan.labels(),
                        plan.priority(),
                        plan.retention(),
                        plan.settings(),
                        plan.canonicalSpec(),
                        plan.specSha256(),
                        plan.warmStartRun(),
                        plan.warmStart());
    }

    private void extended(ExperimentState experiment, ExtensionBegun extension) {
        var runs = experiment.runs();
        int before = runs.released();
        int added = runs.size() - before;
        long pruned = experiment.seenOfPrunedPoints();
        emit(new Extended(
                experiment.experimentId(),
                extension.command().id(),
                added,
                runs.points().size(),
                runs.size(),
                extension.parallelRuns(),
                extension.maxFailedRuns(),
                now));
        var text = new StringBuilder(String.format(Locale.ROOT, "experiment %s: ", experiment.experimentId()))
                .append(
                        added == 0
                                ? "nothing is added, since all runs of the spec belong to it already"
                                : HumanWords.count(added, "run") + " added");
        if (pruned > 0) {
            text.append(String.format(Locale.ROOT, "; %s of pruned points left out", HumanWords.count(pruned, "run")));
        }
        if (extension.otherSettings()) {
            text.append("; its search and its constraints stay as they were");
        }
        var ids = IntStream.range(before, runs.size())
                .mapToObj(index -> runs.get(index).runId)
                .toList();
        answer(extension.command().done(text.toString(), ids));
        if (added > 0) {
            reopen(experiment, String.format(Locale.ROOT, "%s added", HumanWords.count(added, "run")));
        }
        advance(experiment);
    }

    void reopen(ExperimentState experiment, String reason) {
        if (experiment.phase().isTerminal()) {
            emit(new Reopened(experiment.experimentId(), reason, now));
        }
    }

    private void report(ExperimentState experiment, RunReport report) {
        var run = experiment.runs().find(report.runId());
        if (run == null || run.activity == Activity.WAITING || report.equals(run.report)) {
            return;
        }
        boolean wasOver = run.activity.isOver() || run.activity == Activity.RETRY_QUEUED;
        boolean failedBefore = run.activity == Activity.FAILED;
        emit(new Reported(experiment.experimentId(), run.index, report, now));
        reachRungs(experiment, run, report);
        if (!report.phase().isTerminal()) {
            if (wasOver) {
                takenUp(experiment, run);
            }
            if (experiment.stopVerb() != null && run.stop == null) {
                order(experiment, run, experiment.stopVerb(), stopReason(experiment));
            }
        } else if (report.phase() == Phase.FAILED && !failedBefore) {
            failed(experiment);
        }
        advance(experiment);
    }

    private static String stopReason(ExperimentState experiment) {
        var stopping = experiment.stopping();
        return stopping == null ? "its experiment is stopped" : stopping.reason();
    }

    private void reachRungs(ExperimentState experiment, RunEntry run, RunReport report) {
        var validation = report.validation();
        if (validation == null) {
            return;
        }
        var search = experiment.search();
        int rungs = search.rungs(run.epochs);
        for (int rung = 0; rung < rungs && search.rungEpoch(rung) <= validation.epoch(); rung++) {
            if (run.markAt(rung) == null) {
                double score = search.score(validation);
                emit(new RungReached(
                        experiment.experimentId(),
                        run.index,
                        run.runId,
                        run.point,
                        rung,
                        validation.epoch(),
                        score,
                        validation.robust(),
                        now));
            }
        }
    }

    /** A run that had ended goes on, by a user's order to the run itself. */
    private void takenUp(ExperimentState experiment, RunEntry run) {
        reopen(experiment, String.format(Locale.ROOT, "run %s goes on", run.runId));
        if (experiment.runs().point(run.point).isOut()) {
            emit(new PointRevived(experiment.experimentId(), run.point, now));
        }
    }

    private void failed(ExperimentState experiment) {
        var most = experiment.settings().maxFailedRuns();
        int failed = experiment.runs().count(Activity.FAILED);
        boolean goesOn = experiment.phase() == ExperimentPhase.RUNNING || experiment.phase() == ExperimentPhase.PAUSED;
        if (most != null && failed > most && goesOn) {
            var reason = String.format(
                    Locale.ROOT, "%s failed, and maxFailedRuns is %d", HumanWords.count(failed, "run"), most);
            stop(experiment, Verb.STOP, ExperimentPhase.FAILED, reason);
        }
    }

    /** Withholds what is not handed out, and stops what is open. */
    List<String> stop(ExperimentState experiment, Verb verb, ExperimentPhase outcome, String reason) {
        emit(new Stopping(experiment.experimentId(), verb, outcome, reason, now));
        var runs = experiment.runs();
        if (runs.anyWaiting()) {
            emit(new RunsWithheld(experiment.experimentId(), runs.released(), now));
        }
        var told = new ArrayList<String>();
        runs.open().forEach(index -> {
            var run = runs.get(index);
            if (run.stop == null || (run.stop == Verb.STOP && verb == Verb.KILL)) {
                order(experiment, run, verb, reason);
                told.add(run.runId);
            }
        });
        return told;
    }

    void order(ExperimentState experiment, RunEntry run, Verb verb, String reason) {
        emit(new RunOrdered(experiment.experimentId(), run.index, run.runId, verb, reason, now));
    }

    /** What follows from the state: verdicts of the search, runs to hand out, the end. */
    void advance(ExperimentState experiment) {
        if (!experiment.isStarted() || experiment.phase().isTerminal()) {
            return;
        }
        if (experiment.phase() != ExperimentPhase.STOPPING) {
            for (var verdicts = verdicts(experiment); !verdicts.isEmpty(); verdicts = verdicts(experiment)) {
                verdicts.forEach(verdict -> judge(experiment, verdict));
            }
        }
        if (experiment.phase() == ExperimentPhase.RUNNING) {
            handOut(experiment);
        }
        if (experiment.runs().allOver()) {
            end(experiment);
        }
    }

    private static List<Verdict> verdicts(ExperimentState experiment) {
        return experiment.search().verdicts(experiment.runs().history());
    }

    private void judge(ExperimentState experiment, Verdict verdict) {
        var point = experiment.runs().point(verdict.point());
        int epoch = experiment.search().rungEpoch(verdict.rung());
        var reason = String.format(
                Locale.ROOT,
                "%s at epoch %d: robust accuracy of the worst class is %s, on average %s, rank %d of %d",
                verdict.advances() ? "goes on" : "pruned",
                epoch,
                HumanWords.percent(verdict.mark().score()),
                HumanWords.percent(verdict.mark().average()),
                verdict.rank(),
                verdict.of());
        emit(new PointJudged(
                experiment.experimentId(),
                verdict.point(),
                point.variant,
                verdict.rung(),
                epoch,
                verdict.mark().score(),
                verdict.rank(),
                verdict.of(),
                verdict.advances(),
                reason,
                now));
        if (!verdict.advances()) {
            for (var run : point.runs) {
                boolean open = run.activity == Activity.RUNNING || run.activity == Activity.RESTING;
                if (open && run.stop == null) {
                    order(experiment, run, Verb.STOP, reason);
                }
            }
        }
    }

    /** As many runs as may be open: first those that have begun, then new ones, each in their order. */
    private void handOut(ExperimentState experiment) {
        var runs = experiment.runs();
        var most = experiment.settings().parallelRuns();
        while (most == null || runs.count(Activity.RUNNING) < most) {
            int begun = runs.nextToContinue();
            int fresh = runs.nextWaiting();
            if (begun >= 0) {
                goOn(experiment, runs.get(begun));
            } else if (fresh >= 0) {
                handOut(experiment, runs.get(fresh));
            } else {
                return;
            }
        }
    }

    private void goOn(ExperimentState experiment, RunEntry run) {
        if (run.activity == Activity.RETRY_QUEUED) {
            order(experiment, run, Verb.RETRY, run.retryReason);
        } else {
            int epochs = experiment.runs().allowance(experiment.runs().point(run.point), run);
            emit(new RunAllowed(experiment.experimentId(), run.index, run.runId, epochs, now));
        }
    }

    private void handOut(ExperimentState experiment, RunEntry run) {
        if (run.warmStart != null && experiment.waitingWarmStart(run.warmStart) != null) {
            emit(new WarmStartPlanned(experiment.experimentId(), run.warmStart, now));
        }
        emit(new RunHandedOut(
                experiment.experimentId(),
                run.index,
                run.runId,
                run.point,
                experiment.runs().point(run.point).variant,
                run.epochs,
                experiment.search().allowance(0, run.epochs),
                run.warmStart,
                now));
    }

    private void end(ExperimentState experiment) {
        var counts = experiment.runs().counts();
        var best = Means.best(experiment.runs().points(), experiment.settings().constraints());
        var stopping = experiment.stopping();
        ExperimentPhase outcome;
        String reason;
        boolean failed = stopping != null && stopping.outcome() == ExperimentPhase.FAILED;
        if (stopping != null && (failed || experiment.runs().anyCutShort())) { // else the stop came too late
            outcome = stopping.outcome();
            reason = stopping.reason();
        } else if (counts.finished() > 0) {
            outcome = ExperimentPhase.FINISHED;
            reason = "completed";
        } else if (counts.failed() > 0) {
            outcome = ExperimentPhase.FAILED;
            reason = "no run has finished";
        } else {
            outcome = ExperimentPhase.STOPPED;
            reason = "all runs were stopped";
        }
        var text = String.format(
                Locale.ROOT,
                "%s: %d finished, %d failed, %d stopped of %s",
                reason,
                counts.finished(),
                counts.failed(),
                counts.stopped(),
                HumanWords.count(counts.all(), "run"));
        emit(new Ended(
                experiment.experimentId(),
                outcome,
                best.best(),
                best.remark().isEmpty() ? text : text + "; " + best.remark(),
                now));
    }

    Instant now() {
        return now;
    }

    void answer(Answer answer) {
        answers.add(answer);
    }

    void emit(ExperimentEvent event) {
        events.add(event);
        if (state != null) {
            signals.addAll(ExperimentOutbox.of(state, event));
            state.store(event, changes);
            state.replay(event);
        }
    }
}
