package dev.frl.core.experiment;

import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Extended;
import dev.frl.core.experiment.ExperimentEvent.ExtensionBegun;
import dev.frl.core.experiment.ExperimentEvent.ExtensionRunSeen;
import dev.frl.core.experiment.ExperimentEvent.Paused;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.PointRevived;
import dev.frl.core.experiment.ExperimentEvent.Reopened;
import dev.frl.core.experiment.ExperimentEvent.Reported;
import dev.frl.core.experiment.ExperimentEvent.Resumed;
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
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Slots of an experiment's facts in the controller's store. */
public final class ExperimentSlots {
    /** Slot of the first event. */
    public static final String SUBMITTED = "submitted";

    private static final String EXTENSION = "extension";

    private ExperimentSlots() {}

    /** The slot of an event's fact; null for an event that the store does not keep. */
    static @Nullable String of(ExperimentEvent event) {
        if (event instanceof Submitted) {
            return SUBMITTED;
        } else if (event instanceof Started) {
            return "started";
        } else if (event instanceof WarmStartAdded warm) {
            return warmStart(warm.plan().runId());
        } else if (event instanceof WarmStartPlanned warm) {
            return warmStart(warm.runId());
        } else if (event instanceof RunAdded run) {
            return run(run.index());
        } else if (event instanceof RunHandedOut run) {
            return run(run.index()); // the plan is not needed any more
        } else if (event instanceof RunAllowed run) {
            return "allowed-" + run.index();
        } else if (event instanceof RunOrdered run) {
            return switch (run.verb()) {
                case STOP, KILL -> stop(run.index());
                case PAUSE -> null; // its report says when it rests
                case RESUME -> resume(run.index());
                default -> retry(run.index());
            };
        } else if (event instanceof RetryQueued run) {
            return retry(run.index());
        } else if (event instanceof Reported run) {
            return "report-" + run.index();
        } else if (event instanceof RungReached run) {
            return "rung-" + run.index() + "-" + run.rung();
        } else if (event instanceof PointJudged point) {
            return "point-" + point.point();
        } else if (event instanceof PointRevived point) {
            return "revived-" + point.point();
        } else if (event instanceof ExtensionBegun) {
            return EXTENSION;
        } else if (event instanceof ExtensionRunSeen run) {
            return extensionRun(run.runId());
        } else if (event instanceof Extended extended) {
            return "extended-" + extended.runs(); // each adds points that are judged together
        } else if (event instanceof RunsWithheld) {
            return "withheld";
        } else if (event instanceof Paused
                || event instanceof Resumed
                || event instanceof Stopping
                || event instanceof Ended
                || event instanceof Reopened) {
            return "phase";
        }
        throw new IllegalStateException("an event without a slot: " + event);
    }

    /** Slot of an order to resume. */
    static String resume(int index) {
        return "resume-" + index;
    }

    /** Slot of an order to try again. */
    static String retry(int index) {
        return "retry-" + index;
    }

    /** Slot of an order to stop. */
    static String stop(int index) {
        return "stop-" + index;
    }

    /** Slots of an extension that is complete. */
    static List<String> ofExtension(Collection<String> seen) {
        return Stream.concat(Stream.of(EXTENSION), seen.stream().map(ExperimentSlots::extensionRun))
                .toList();
    }

    private static String run(int index) {
        return "run-" + index;
    }

    private static String warmStart(String runId) {
        return "warm-start-" + runId;
    }

    private static String extensionRun(String runId) {
        return "extension-" + runId;
    }
}
