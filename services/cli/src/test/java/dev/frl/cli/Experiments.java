package dev.frl.cli;

import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Status of experiments for tests. */
final class Experiments {
    private Experiments() {}

    static ExperimentStatus of(
            ExperimentPlan plan,
            Instant at,
            ExperimentPhase phase,
            int waiting,
            int running,
            int resting,
            int finished,
            int failed,
            int stopped) {
        return of(plan, at, phase, new RunCounts(waiting, running, resting, finished, failed, stopped), 0, null);
    }

    static ExperimentStatus of(
            ExperimentPlan plan,
            Instant at,
            ExperimentPhase phase,
            RunCounts runs,
            int pruned,
            @Nullable BestPoint best) {
        return new ExperimentStatus(
                plan.name(),
                plan.experimentId(),
                plan.generation(),
                plan.labels(),
                plan.settings(),
                plan.settings().equals(ExperimentSettings.ALL_RUNS) ? "all runs to the last epoch" : "a search",
                at,
                phase,
                phase.isTerminal() ? "completed" : "waits for its runs",
                at,
                plan.points().size(),
                pruned,
                runs,
                best);
    }
}
