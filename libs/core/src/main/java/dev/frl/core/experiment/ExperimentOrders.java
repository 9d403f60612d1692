package dev.frl.core.experiment;

import dev.frl.core.HumanWords;
import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.Paused;
import dev.frl.core.experiment.ExperimentEvent.Resumed;
import dev.frl.core.experiment.ExperimentEvent.RetryQueued;
import dev.frl.core.experiment.ExperimentEvent.RunsWithheld;
import dev.frl.core.experiment.RunEntry.Activity;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Carries out a user's order to an experiment, and answers it. */
final class ExperimentOrders {
    private final ExperimentDecider decider;
    private final ExperimentState experiment;
    private final Command command;
    private final String id;
    private final RunTable runs;

    ExperimentOrders(ExperimentDecider decider, ExperimentState experiment, Command command) {
        this.decider = decider;
        this.experiment = experiment;
        this.command = command;
        this.id = experiment.experimentId();
        this.runs = experiment.runs();
    }

    void carryOut() {
        if (command.verb() == Verb.EXTEND) {
            refuse("an experiment is extended by a spec with more values, submitted with the order to extend");
        } else if (!experiment.isStarted()) {
            refuse(ExperimentDecider.notStarted(experiment));
        } else {
            switch (command.verb()) {
                case STOP, KILL -> stop();
                case PAUSE -> pause();
                case RESUME -> resume();
                case RETRY -> retry();
                case EXTEND -> throw new IllegalStateException("refused above");
            }
        }
    }

    private void stop() {
        var phase = experiment.phase();
        if (phase.isTerminal()) {
            done("nothing changed; it has ended: " + experiment.status().reason(), List.of());
            return;
        }
        var before = experiment.stopVerb();
        if (before == Verb.KILL || before == command.verb()) {
            done("nothing changed; it is being stopped", List.of());
            return;
        }
        int withheldBefore = runs.withheld();
        var stopping = experiment.stopping();
        var outcome = stopping == null ? ExperimentPhase.STOPPED : stopping.outcome();
        var told = decider.stop(experiment, command.verb(), outcome, byUser());
        int withheld = runs.withheld() - withheldBefore;
        var when = command.verb() == Verb.KILL ? "at once" : "after the epoch in progress";
        var text = String.format(
                Locale.ROOT,
                "%s %s %s",
                HumanWords.count(told.size(), "open run"),
                told.size() == 1 ? "ends" : "end",
                when);
        if (withheld > 0) {
            text += String.format(
                    Locale.ROOT, "; %s not handed out yet will not be", HumanWords.count(withheld, "run"));
        }
        decider.advance(experiment);
        done(text, told);
    }

    private void pause() {
        switch (experiment.phase()) {
            case FINISHED, STOPPED, FAILED ->
                refuse("it has ended: " + experiment.status().reason());
            case STOPPING -> refuse("it is being stopped");
            case PAUSED -> done("nothing changed; it is paused", List.of());
            case RUNNING -> {
                var reason = byUser();
                decider.emit(new Paused(id, reason, decider.now()));
                var told = new ArrayList<String>();
                runs.all(Activity.RUNNING).forEach(index -> {
                    var run = runs.get(index);
                    decider.order(experiment, run, Verb.PAUSE, reason);
                    told.add(run.runId);
                });
                int waiting = runs.counts().waiting();
                done(
                        String.format(
                                Locale.ROOT,
                                "%s %s after the epoch in progress%s",
                                HumanWords.count(told.size(), "open run"),
                                told.size() == 1 ? "rests" : "rest",
                                waiting == 0
                                        ? ""
                                        : String.format(
                                                Locale.ROOT,
                                                "; %s not handed out until it is resumed",
                                                HumanWords.count(waiting, "run") + (waiting == 1 ? " is" : " are"))),
                        told);
            }
        }
    }

    /** All open runs are told: one that was paused may not have said so yet. */
    private void resume() {
        var phase = experiment.phase();
        if (phase.isTerminal()) {
            refuse(String.format(
                    Locale.ROOT,
                    "it has ended: %s; retry takes up what failed or was stopped",
                    experiment.status().reason()));
            return;
        }
        if (phase == ExperimentPhase.STOPPING) {
            refuse("it is being stopped; when it has ended, retry takes up what was stopped");
            return;
        }
        boolean anyPaused =
                runs.all(Activity.RESTING).anyMatch(index -> runs.get(index).isPaused());
        if (phase == ExperimentPhase.RUNNING && !anyPaused) {
            refuse("it is not paused: it " + experiment.status().reason());
            return;
        }
        var reason = byUser();
        if (phase == ExperimentPhase.PAUSED) {
            decider.emit(new Resumed(id, reason, decider.now()));
        }
        var told = new ArrayList<String>();
        runs.open().forEach(index -> {
            var run = runs.get(index);
            if (run.stop == null) {
                decider.order(experiment, run, Verb.RESUME, reason);
                told.add(run.runId);
            }
        });
        decider.advance(experiment);
        done(
                String.format(
                        Locale.ROOT,
                        "%s %s on",
                        HumanWords.count(told.size(), "open run"),
                        told.size() == 1 ? "goes" : "go"),
                told);
    }

    private void retry() {
        if (experiment.phase() == ExperimentPhase.STOPPING) {
            refuse("it is being stopped; retry when it has ended");
            return;
        }
        if (experiment.phase() == ExperimentPhase.PAUSED) {
            refuse("it is paused; resume it first");
            return;
        }
        boolean failed = command.which() == Command.Which.FAILED;
        var again = runs.all(failed ? Activity.FAILED : Activity.STOPPED)
                .mapToObj(runs::get)
                .filter(run -> !runs.point(run.point).isOut())
                .toList();
        var withheld = failed ? List.<String>of() : runs.withheldRuns();
        if (again.isEmpty() && withheld.isEmpty()) {
            refuse(String.format(Locale.ROOT, "no run %s%s", failed ? "has failed" : "was stopped", pruned()));
            return;
        }
        var reason = byUser();
        decider.reopen(experiment, reason);
        if (!withheld.isEmpty()) {
            decider.emit(new RunsWithheld(id, 0, decider.now()));
        }
        again.forEach(run -> decider.emit(new RetryQueued(id, run.index, run.runId, reason, decider.now())));
        decider.advance(experiment);
        var changed = new ArrayList<String>();
        again.forEach(run -> changed.add(run.runId));
        changed.addAll(withheld);
        var text = String.format(
                Locale.ROOT,
                "%s %s on from the last checkpoint",
                HumanWords.count(again.size(), (failed ? "failed" : "stopped") + " run"),
                again.size() == 1 ? "goes" : "go");
        if (!withheld.isEmpty()) {
            text += String.format(
                    Locale.ROOT,
                    "; %s handed out that %s not before",
                    HumanWords.count(withheld.size(), "run"),
                    withheld.size() == 1 ? "was" : "were");
        }
        done(text + pruned(), changed);
    }

    private String pruned() {
        int points = runs.prunedPoints();
        return points == 0
                ? ""
                : String.format(
                        Locale.ROOT,
                        "; %s left out, and a retry of its run takes one up",
                        HumanWords.count(points, "pruned point"));
    }

    /** Such as {@code stopped by a user: wrong seeds}. */
    private String byUser() {
        var what = switch (command.verb()) {
            case STOP -> "stopped by a user";
            case KILL -> "killed by a user";
            case PAUSE -> "paused by a user";
            case RESUME -> "resumed by a user";
            case RETRY -> "retried by a user";
            case EXTEND -> "extended by a user";
        };
        return command.reason() == null ? what : what + ": " + command.reason();
    }

    private void done(String text, List<String> changed) {
        decider.answer(command.done(String.format(Locale.ROOT, "experiment %s: %s", id, text), changed));
    }

    private void refuse(String why) {
        decider.answer(command.refused(String.format(Locale.ROOT, "experiment %s: %s", id, why)));
    }
}
