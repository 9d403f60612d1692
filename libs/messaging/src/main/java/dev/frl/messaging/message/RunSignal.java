package dev.frl.messaging.message;

import dev.frl.core.run.CheckpointRef;
import dev.frl.core.run.RunPlan;
import java.time.Instant;
import java.util.List;

/** What one part of the controller tells one run. */
public sealed interface RunSignal {
    /** The run that is told. */
    String runId();

    /** When it was decided. */
    Instant at();

    /** It was admitted. */
    record Planned(RunPlan plan, Instant at) implements RunSignal {
        @Override
        public String runId() {
            return plan.runId();
        }
    }

    /** These runs begin from its end. */
    record Awaited(String runId, List<String> dependents, Instant at) implements RunSignal {
        public Awaited {
            dependents = List.copyOf(dependents);
        }
    }

    /** The weights that it begins from exist. */
    record WarmStartReady(String runId, CheckpointRef weights, Instant at) implements RunSignal {}

    /** The weights that it was to begin from will never exist. */
    record WarmStartFailed(String runId, String reason, Instant at) implements RunSignal {}
}
