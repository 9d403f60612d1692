package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.core.run.RunStatus;
import dev.frl.spec.tree.Suggestions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds runs by the names that users type. */
public final class RunFinder {
    private static final int SUGGESTED = 5;

    private RunFinder() {}

    /**
     * The runs that a name stands for: a run's id, an experiment's id, an experiment's name (then its latest generation), or
     * an unambiguous prefix of one of these. The runs of an experiment include the warm starts that they start from.
     *
     * @throws CliException if there is no such run; suggests the nearest names
     */
    public static List<RunStatus> named(RunStatuses statuses, String name) {
        var all = statuses.all();
        var runs = all.stream().filter(r -> r.runId().equals(name)).toList();
        if (!runs.isEmpty()) {
            return runs;
        }
        var experiment = experiment(all, name);
        if (experiment.isPresent()) {
            return ofExperiment(statuses, experiment.get());
        }
        var names = names(all);
        var completed = names.stream().filter(n -> n.startsWith(name)).toList();
        var experiments = all.stream()
                .map(RunStatus::experimentId)
                .filter(id -> id.startsWith(name))
                .distinct()
                .toList();
        if (completed.size() == 1) {
            return named(statuses, completed.get(0));
        }
        if (experiments.size() == 1) {
            return ofExperiment(statuses, experiments.get(0));
        }
        throw unknown(name, names, completed);
    }

    /** Whether the name is the whole id or name of a run or an experiment, and no prefix. */
    static boolean isWhole(RunStatuses statuses, String name) {
        return names(statuses.all()).contains(name);
    }

    /** Whether the id or name of a run or an experiment begins like this. */
    static boolean isPrefix(RunStatuses statuses, String name) {
        return names(statuses.all()).stream().anyMatch(n -> n.startsWith(name));
    }

    private static CliException unknown(String name, List<String> names, List<String> completed) {
        if (!completed.isEmpty()) {
            return CliException.failed("%s stands for several: %s%s"
                    .formatted(
                            name,
                            String.join(
                                    ", ", completed.stream().limit(SUGGESTED).toList()),
                            completed.size() > SUGGESTED ? ", …" : ""));
        }
        var near = Suggestions.nearest(name, names);
        return CliException.failed("there is no run or experiment %s%s"
                .formatted(
                        name,
                        near.isEmpty()
                                ? "; `frl list` shows all runs"
                                : ". Did you mean " + String.join(" or ", near) + "?"));
    }

    private static Optional<String> experiment(List<RunStatus> all, String name) {
        return all.stream()
                .filter(r -> r.experimentId().equals(name) || r.experiment().equals(name))
                .map(RunStatus::experimentId)
                .reduce((a, b) -> b);
    }

    private static List<RunStatus> ofExperiment(RunStatuses statuses, String experimentId) {
        var ids = new LinkedHashSet<String>();
        var own = statuses.all().stream()
                .filter(r -> r.experimentId().equals(experimentId))
                .toList();
        own.forEach(run -> {
            if (run.warmStartRun() != null) {
                ids.add(run.warmStartRun());
            }
        });
        own.forEach(run -> ids.add(run.runId()));
        return statuses.of(ids);
    }

    private static List<String> names(List<RunStatus> all) {
        return all.stream()
                .flatMap(r -> Stream.of(r.runId(), r.experiment(), r.experimentId()))
                .distinct()
                .toList();
    }
}
