package dev.frl.spec;

import dev.frl.core.experiment.ExperimentPlan;
import java.util.List;

/** What reading a spec came to. */
public sealed interface Admission {
    /** The spec is good, and this is what it asks for. */
    record Admitted(ExperimentPlan plan) implements Admission {}

    /**
     * Nothing is run.
     *
     * @param problems all that is wrong, in the order of the file; at least one
     */
    record Rejected(List<SpecProblem> problems) implements Admission {
        public Rejected {
            problems = List.copyOf(problems);
            if (problems.isEmpty()) {
                throw new IllegalArgumentException("rejected without a problem");
            }
        }

        /** One problem a line. */
        @Override
        public String toString() {
            return problems.stream()
                    .map(SpecProblem::toString)
                    .reduce((a, b) -> a + "\n" + b)
                    .orElseThrow();
        }
    }
}
