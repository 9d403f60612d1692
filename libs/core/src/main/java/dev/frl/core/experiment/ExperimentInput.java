package dev.frl.core.experiment;

import dev.frl.core.command.Command;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunReport;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A message to an experiment. All messages to the experiments of one name come in order. */
public sealed interface ExperimentInput {
    /** Name of the experiment. */
    String experiment();

    /**
     * A spec was admitted. Its runs follow, each as an {@link AddRun}, before any other message of this spec.
     *
     * @param experimentId identity that the spec asks for. An experiment that is extended keeps its own
     * @param runs number of its runs, warm starts included
     * @param extend the command, if the spec is to extend the newest experiment of its name; null for an experiment of its own
     */
    record Submit(
            String experiment,
            String experimentId,
            int generation,
            Map<String, String> labels,
            ExperimentSettings settings,
            int runs,
            @Nullable Command extend)
            implements ExperimentInput {}

    /**
     * One run of a spec.
     *
     * @param experimentId as in the spec's {@link Submit}
     * @param variant variant of its point
     * @param plan the run; a warm start says so itself
     */
    record AddRun(String experiment, String experimentId, Map<String, String> variant, RunPlan plan)
            implements ExperimentInput {}

    /** A run rests, or goes on after that. */
    record RunReported(RunReport report) implements ExperimentInput {
        @Override
        public String experiment() {
            return report.experiment();
        }
    }

    /** A user's order. */
    record Ordered(String experiment, Command command) implements ExperimentInput {}
}
