package dev.frl.spec;

import dev.frl.core.run.RunPlan;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The runs that a spec asks for.
 *
 * @param name of the experiment
 * @param experimentId its name and a hash of its runs: the same spec gives the same id
 * @param labels of the spec's metadata
 * @param runs warm starts first, then the sweep's points in grid order
 */
public record ExperimentPlan(String name, String experimentId, Map<String, String> labels, List<RunPlan> runs) {
    public ExperimentPlan {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        runs = List.copyOf(runs);
    }
}
