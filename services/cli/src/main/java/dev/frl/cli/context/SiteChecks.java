package dev.frl.cli.context;

import dev.frl.spec.ExperimentPlan;
import dev.frl.spec.SpecProblem;
import java.util.List;
import java.util.Optional;

/** Whether the place where a spec is to run has what it asks for. */
public interface SiteChecks {
    /** For a spec that runs elsewhere. */
    SiteChecks NONE = (places, plan) -> List.of();

    /** @param plan empty if the spec has problems of its own */
    List<SpecProblem> problems(SpecPlaces places, Optional<ExperimentPlan> plan);
}
