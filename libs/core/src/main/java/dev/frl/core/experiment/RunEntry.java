package dev.frl.core.experiment;

import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.RunAdded;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.SearchHistory.Mark;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A run in the state of its experiment. Changes only in replays of {@link ExperimentState}. */
final class RunEntry {
    /** What the experiment expects of a run. */
    enum Activity {
        /** Not handed out. */
        WAITING,
        /** Handed out; it trains, is evaluated, or waits for a trainer or its warm start. */
        RUNNING,
        /** Paused, or at its allowance. */
        RESTING,
        /** Ended, and to be tried again as soon as there is room. */
        RETRY_QUEUED,
        FINISHED,
        FAILED,
        STOPPED;

        boolean isOver() {
            return this == FINISHED || this == FAILED || this == STOPPED;
        }

        static Activity of(Phase phase) {
            return switch (phase) {
                case PAUSED -> RESTING;
                case FINISHED -> FINISHED;
                case FAILED -> FAILED;
                case STOPPED -> STOPPED;
                default -> RUNNING;
            };
        }
    }

    final int index;
    final String runId;
    final int point;
    final int epochs;
    final @Nullable String warmStart;
    /** Until it is handed out. */
    @Nullable
    RunPlan plan;

    Activity activity;
    int allowance;

    @Nullable
    RunReport report;
    /** STOP or KILL, if it was ordered since the run ended last. */
    @Nullable
    Verb stop;
    /** Reason of a retry that is queued. */
    String retryReason = "";
    /** Whether it was told to go on since its last report, or will be. */
    boolean toldToGoOn;
    /** Scores at the rungs that the run has reached. */
    private final List<@Nullable Mark> rungScores = new ArrayList<>();

    RunEntry(RunAdded added) {
        plan = added.plan();
        index = added.index();
        runId = added.plan().runId();
        point = added.point();
        epochs = added.plan().settings().training().epochs();
        warmStart = added.plan().warmStartRun();
        activity = Activity.WAITING;
    }

    RunEntry(RunHandedOut run) {
        index = run.index();
        runId = run.runId();
        point = run.point();
        epochs = run.epochs();
        warmStart = run.warmStart();
        allowance = run.allowance();
        activity = Activity.RUNNING;
    }

    void reached(int rung, Mark mark) {
        while (rungScores.size() <= rung) {
            rungScores.add(null);
        }
        rungScores.set(rung, mark);
    }

    @Nullable
    Mark markAt(int rung) {
        return rung < rungScores.size() ? rungScores.get(rung) : null;
    }

    /** Whether it rests because it was paused, and not because it has trained what it may. */
    boolean isPaused() {
        return activity == Activity.RESTING && report != null && report.epoch() < allowance;
    }

    /** Whether it waits for a longer allowance. */
    boolean isAtAllowance() {
        return activity == Activity.RESTING && !isPaused();
    }

    /** Activity that the last report says. */
    Activity reported() {
        return report == null ? Activity.RUNNING : Activity.of(report.phase());
    }

    /** All of it, to compare two states. */
    String describe() {
        return String.format(
                Locale.ROOT,
                "%d %s %d %d %s %s %s %d %s %s %s %s",
                index,
                runId,
                point,
                epochs,
                warmStart,
                plan == null ? null : plan.runId() + plan.experimentId(),
                activity,
                allowance,
                report,
                stop,
                toldToGoOn,
                rungScores);
    }
}
