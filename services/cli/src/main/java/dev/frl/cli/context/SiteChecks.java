package dev.frl.cli.context;

import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.spec.SpecProblem;
import java.util.List;
import java.util.Optional;

/** Checks whether the machine that is to run a spec has its data set and its warm-start weights. */
public interface SiteChecks {
    /** For a spec that runs on other machines. */
    SiteChecks NONE = (places, plan) -> List.of();

    /** @param plan empty if the spec itself has problems */
    List<SpecProblem> problems(SpecPlaces places, Optional<ExperimentPlan> plan);
}
