package dev.frl.core.experiment;

import dev.frl.core.command.Command;
import dev.frl.core.command.Verb;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A decision of the controller about one experiment. Replaying an experiment's events in order gives its state. Runs and points have
 * numbers, from 0, in the order of the spec; warm starts have none.
 */
public sealed interface ExperimentEvent {
    String experimentId();

    /** Time of the decision. */
    Instant at();

    /** Whether the event is written to the experiment log. Others are facts of the controller alone. */
    default boolean isLogged() {
        return true;
    }

    /**
     * The spec was admitted. Always the first event.
     *
     * @param runs number of its runs, warm starts included
     */
    record Submitted(
            String experiment,
            String experimentId,
            int generation,
            Map<String, String> labels,
            ExperimentSettings settings,
            int runs,
            Instant at)
            implements ExperimentEvent {
        public Submitted {
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        }
    }

    /** A warm start came in. */
    record WarmStartAdded(RunPlan plan, Instant at) implements ExperimentEvent {
        @Override
        public String experimentId() {
            return plan.experimentId();
        }

        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /**
     * A run came in.
     *
     * @param index number of the run
     * @param point number of its point
     * @param variant variant of its point
     * @param plan the run, with the id of the experiment that it belongs to
     */
    record RunAdded(int index, int point, Map<String, String> variant, RunPlan plan, Instant at)
            implements ExperimentEvent {
        public RunAdded {
            variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
        }

        @Override
        public String experimentId() {
            return plan.experimentId();
        }

        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /** All runs are in. */
    record Started(String experimentId, int points, int runs, Instant at) implements ExperimentEvent {}

    /**
     * A spec asks to extend the experiment. Its runs follow.
     *
     * @param askedId identity that the spec would have as an experiment of its own; its runs name it
     * @param runs number of its runs, warm starts and known runs included
     * @param parallelRuns the larger one of the experiment's limit and the spec's; null for no limit
     * @param maxFailedRuns the larger one of the experiment's limit and the spec's; null for no limit
     * @param otherSettings whether the spec has another search or other constraints, which are not taken
     */
    record ExtensionBegun(
            String experimentId,
            String askedId,
            int runs,
            @Nullable Integer parallelRuns,
            @Nullable Integer maxFailedRuns,
            boolean otherSettings,
            Command command,
            Instant at)
            implements ExperimentEvent {
        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /**
     * A run of the extension came in.
     *
     * @param pruned whether it is not added because its point is pruned
     */
    record ExtensionRunSeen(String experimentId, String runId, boolean pruned, Instant at) implements ExperimentEvent {
        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /**
     * All runs of the extension are in.
     *
     * @param commandId position of the command
     * @param added number of runs that are new, without warm starts
     * @param points number of points, with the new ones
     * @param runs number of runs, with the new ones
     * @param parallelRuns most runs at the same time from now on; null for no limit
     * @param maxFailedRuns limit of failed runs from now on; null for no limit
     */
    record Extended(
            String experimentId,
            String commandId,
            int added,
            int points,
            int runs,
            @Nullable Integer parallelRuns,
            @Nullable Integer maxFailedRuns,
            Instant at)
            implements ExperimentEvent {}

    /** A warm start was handed out, since the first of its runs is. */
    record WarmStartPlanned(String experimentId, String runId, Instant at) implements ExperimentEvent {}

    /**
     * A run was handed out.
     *
     * @param variant variant of its point
     * @param epochs epochs to train in all
     * @param allowance epochs that it may train before it waits for more
     * @param warmStart id of the warm-start run that it waits for; null if it needs none
     */
    record RunHandedOut(
            String experimentId,
            int index,
            String runId,
            int point,
            Map<String, String> variant,
            int epochs,
            int allowance,
            @Nullable String warmStart,
            Instant at)
            implements ExperimentEvent {
        public RunHandedOut {
            variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
        }
    }

    /**
     * A run may train more epochs.
     *
     * @param epochs epochs that it may train in all
     */
    record RunAllowed(String experimentId, int index, String runId, int epochs, Instant at)
            implements ExperimentEvent {}

    /** A run was ordered to stop, to pause, to resume or to try again. */
    record RunOrdered(String experimentId, int index, String runId, Verb verb, String reason, Instant at)
            implements ExperimentEvent {}

    /** A run will be ordered to try again, as soon as the limit of parallel runs permits. */
    record RetryQueued(String experimentId, int index, String runId, String reason, Instant at)
            implements ExperimentEvent {
        @Override
        public boolean isLogged() {
            return false;
        }
    }

    /** A run rests, has ended, or goes on after that. */
    record Reported(String experimentId, int index, RunReport report, Instant at) implements ExperimentEvent {}

    /**
     * A run has trained and evaluated the epochs of a rung.
     *
     * @param rung number of the rung, from 0
     * @param epoch epoch of the score
     * @param score robust accuracy of the worst class on validation, or the lower end of its interval; in [0, 1]
     * @param average robust accuracy over all samples, which decides between equal scores: early epochs often leave a class at 0
     */
    record RungReached(
            String experimentId,
            int index,
            String runId,
            int point,
            int rung,
            int epoch,
            double score,
            double average,
            Instant at)
            implements ExperimentEvent {}

    /**
     * The search has judged a point.
     *
     * @param variant variant of the point
     * @param rung number of the rung, from 0
     * @param epoch epoch of the rung
     * @param score mean score of its runs, in [0, 1]
     * @param rank its rank among the points up to itself, from 1
     * @param of number of these points
     * @param advanced whether it goes on; if not, it is pruned
     * @param reason in words
     */
    record PointJudged(
            String experimentId,
            int point,
            Map<String, String> variant,
            int rung,
            int epoch,
            double score,
            int rank,
            int of,
            boolean advanced,
            String reason,
            Instant at)
            implements ExperimentEvent {
        public PointJudged {
            variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
        }
    }

    /** A user took up a run of a pruned point. Its runs may train to their last epochs; for the search it stays pruned. */
    record PointRevived(String experimentId, int point, Instant at) implements ExperimentEvent {}

    /** Nothing is handed out until the experiment is resumed. */
    record Paused(String experimentId, String reason, Instant at) implements ExperimentEvent {}

    record Resumed(String experimentId, String reason, Instant at) implements ExperimentEvent {}

    /**
     * The experiment ends as soon as its open runs have ended.
     *
     * @param verb STOP or KILL
     * @param outcome phase at the end
     */
    record Stopping(String experimentId, Verb verb, ExperimentPhase outcome, String reason, Instant at)
            implements ExperimentEvent {}

    /**
     * Runs below a number that wait to be handed out are not handed out.
     *
     * @param below 0 if all are
     */
    record RunsWithheld(String experimentId, int below, Instant at) implements ExperimentEvent {}

    /**
     * The experiment ended.
     *
     * @param outcome FINISHED, STOPPED or FAILED
     * @param best best point that meets the constraints, by its finished runs; null if there is none
     * @param reason for people, with the nearest miss if no point meets the constraints
     */
    record Ended(
            String experimentId,
            ExperimentPhase outcome,
            @Nullable BestPoint best,
            String reason,
            Instant at) implements ExperimentEvent {}

    /** An experiment that had ended goes on. */
    record Reopened(String experimentId, String reason, Instant at) implements ExperimentEvent {}
}
