package dev.frl.core.experiment;

import static java.util.Objects.requireNonNull;

import dev.frl.core.experiment.ExperimentEvent.RunAllowed;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.RunOrdered;
import dev.frl.core.experiment.ExperimentEvent.WarmStartPlanned;
import dev.frl.core.run.RunInput;
import java.util.ArrayList;
import java.util.List;

/** Signals to runs that follow from an event. They are computed; nothing is decided here. */
final class ExperimentOutbox {
    private ExperimentOutbox() {}

    /**
     * @param before the state before the event: it holds the plans of runs that are not handed out yet
     * @return signals in the order in which they must be sent
     */
    static List<RunInput.Signal> of(ExperimentState before, ExperimentEvent event) {
        if (event instanceof WarmStartPlanned warm) {
            var plan = requireNonNull(before.waitingWarmStart(warm.runId()), "plan of the warm start");
            return List.of(new RunInput.Plan(plan, plan.settings().training().epochs()));
        } else if (event instanceof RunHandedOut run) {
            var plan = requireNonNull(before.runs().get(run.index()).plan, "plan of the run");
            var signals = new ArrayList<RunInput.Signal>();
            signals.add(new RunInput.Plan(plan, run.allowance()));
            if (run.warmStart() != null) {
                signals.add(new RunInput.Await(run.warmStart(), run.runId()));
            }
            return signals;
        } else if (event instanceof RunAllowed run) {
            return List.of(new RunInput.Allow(run.runId(), run.epochs()));
        } else if (event instanceof RunOrdered run) {
            return List.of(new RunInput.Order(run.runId(), run.verb(), run.reason(), null));
        }
        return List.of();
    }
}
