package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.spec.tree.Suggestions;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds runs by the names that users type. */
public final class RunFinder {
    private static final int SUGGESTED = 5;

    private RunFinder() {}

    /** All runs in the order of their plans. */
    public static List<RunHistory> sorted(RunHistories histories) {
        return histories.histories().stream()
                .sorted(Comparator.comparing(r -> r.events().get(0).at()))
                .toList();
    }

    /**
     * The runs that a name stands for: a run's id, an experiment's id, an experiment's name (then its latest generation), or
     * an unambiguous prefix of one of these. The runs of an experiment include the warm starts that they start from.
     *
     * @throws CliException if there is no such run; suggests the nearest names
     */
    public static List<RunHistory> named(RunHistories histories, String name) {
        var all = sorted(histories);
        var runs = all.stream().filter(r -> r.plan().runId().equals(name)).toList();
        if (!runs.isEmpty()) {
            return runs;
        }
        var experiment = experiment(all, name);
        if (experiment.isPresent()) {
            return ofExperiment(histories, all, experiment.get());
        }
        var names = names(all);
        var completed = names.stream().filter(n -> n.startsWith(name)).toList();
        var experiments = all.stream()
                .map(r -> r.plan().experimentId())
                .filter(id -> id.startsWith(name))
                .distinct()
                .toList();
        if (completed.size() == 1) {
            return named(histories, completed.get(0));
        }
        if (experiments.size() == 1) {
            return ofExperiment(histories, all, experiments.get(0));
        }
        throw unknown(name, names, completed);
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

    private static Optional<String> experiment(List<RunHistory> all, String name) {
        return all.stream()
                .map(RunHistory::plan)
                .filter(p -> p.experimentId().equals(name) || p.experiment().equals(name))
                .map(RunPlan::experimentId)
                .reduce((a, b) -> b);
    }

    private static List<RunHistory> ofExperiment(RunHistories histories, List<RunHistory> all, String experimentId) {
        var ids = new LinkedHashSet<String>();
        var own = all.stream()
                .map(RunHistory::plan)
                .filter(p -> p.experimentId().equals(experimentId))
                .toList();
        own.forEach(plan -> {
            if (plan.warmStartRun() != null) {
                ids.add(plan.warmStartRun());
            }
        });
        own.forEach(plan -> ids.add(plan.runId()));
        return histories.histories(ids);
    }

    private static List<String> names(List<RunHistory> all) {
        return all.stream()
                .map(RunHistory::plan)
                .flatMap(p -> Stream.of(p.runId(), p.experiment(), p.experimentId()))
                .distinct()
                .toList();
    }
}
