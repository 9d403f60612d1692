package dev.frl.core.experiment;

import dev.frl.core.command.Command;
import dev.frl.core.run.RunPlan;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An experiment as it was admitted.
 *
 * @param name of the experiment
 * @param experimentId its name and a hash of its runs: the same spec gives the same id
 * @param generation of the spec's metadata
 * @param labels of the spec's metadata
 * @param settings how its runs are carried out
 * @param warmStarts warm-start runs that its runs need
 * @param points in the order of the sweep; at least one
 */
public record ExperimentPlan(
        String name,
        String experimentId,
        int generation,
        Map<String, String> labels,
        ExperimentSettings settings,
        List<RunPlan> warmStarts,
        List<Point> points) {
    public ExperimentPlan {
        labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
        warmStarts = List.copyOf(warmStarts);
        points = List.copyOf(points);
    }

    /**
     * One combination of swept settings.
     *
     * @param variant swept settings but the seed: path to value as written; empty without a sweep
     * @param replicas its runs, which differ in their seeds; at least one
     */
    public record Point(Map<String, String> variant, List<RunPlan> replicas) {
        public Point {
            variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
            replicas = List.copyOf(replicas);
        }
    }

    /**
     * Messages that submit it, in order.
     *
     * @param extend the command, if it is to extend the newest experiment of its name
     */
    public List<ExperimentInput> submission(@Nullable Command extend) {
        var inputs = new ArrayList<ExperimentInput>();
        inputs.add(new ExperimentInput.Submit(name, experimentId, generation, labels, settings, runs().size(), extend));
        warmStarts.forEach(run -> inputs.add(new ExperimentInput.AddRun(name, experimentId, Map.of(), run)));
        points.forEach(point -> point.replicas()
                .forEach(run -> inputs.add(new ExperimentInput.AddRun(name, experimentId, point.variant(), run))));
        return inputs;
    }

    /** All runs: warm starts first, then point by point. */
    public List<RunPlan> runs() {
        var runs = new ArrayList<>(warmStarts);
        points.forEach(point -> runs.addAll(point.replicas()));
        return Collections.unmodifiableList(runs);
    }
}
