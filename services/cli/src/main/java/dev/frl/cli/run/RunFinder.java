package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunStatus;
import dev.frl.spec.tree.Suggestions;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds runs by the names that users type. */
public final class RunFinder {
    private static final int SUGGESTED = 5;

    private RunFinder() {}

    /**
     * A run or an experiment.
     *
     * @param id id of the run, or else of the experiment
     * @param run status of the run; null for an experiment
     */
    public record Target(String id, @Nullable RunStatus run) {}

    /**
     * The run or the experiment that a name stands for, as for {@link #named}; an experiment is known before its first run is.
     *
     * @throws CliException if there is no such run or experiment; suggests the nearest names
     */
    public static Target target(RunStatuses statuses, ExperimentStatuses experiments, String name) {
        var all = statuses.all();
        var run = all.stream().filter(r -> r.runId().equals(name)).findFirst();
        if (run.isPresent()) {
            return new Target(name, run.get());
        }
        var experiment = experiment(statuses, experiments, name);
        if (experiment.isPresent()) {
            return new Target(experiment.get(), null);
        }
        var names = Stream.concat(
                        names(all).stream(),
                        experiments.all().stream().flatMap(e -> Stream.of(e.experiment(), e.experimentId())))
                .distinct()
                .toList();
        var ids = Stream.concat(
                        all.stream().map(RunStatus::experimentId),
                        experiments.all().stream().map(ExperimentStatus::experimentId))
                .distinct()
                .toList();
        return target(statuses, experiments, completed(name, names, ids));
    }

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
        return named(
                statuses,
                completed(
                        name,
                        names(all),
                        all.stream().map(RunStatus::experimentId).distinct().toList()));
    }

    /** The only name that begins like this, or else the only experiment id. */
    private static String completed(String begin, List<String> names, List<String> experimentIds) {
        var completed = names.stream().filter(n -> n.startsWith(begin)).toList();
        var experiments =
                experimentIds.stream().filter(id -> id.startsWith(begin)).toList();
        if (completed.size() == 1) {
            return completed.get(0);
        }
        if (experiments.size() == 1) {
            return experiments.get(0);
        }
        throw unknown(begin, names, completed);
    }

    /** Id of the newest experiment with exactly this name, or of the one with this id. */
    public static Optional<String> experiment(RunStatuses statuses, ExperimentStatuses experiments, String name) {
        return experiments.named(name).or(() -> experiment(statuses.all(), name));
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
            return CliException.failed(String.format(
                    Locale.ROOT,
                    "%s stands for several: %s%s",
                    name,
                    String.join(", ", completed.stream().limit(SUGGESTED).toList()),
                    completed.size() > SUGGESTED ? ", …" : ""));
        }
        var near = Suggestions.nearest(name, names);
        return CliException.failed(String.format(
                Locale.ROOT,
                "there is no run or experiment %s%s",
                name,
                near.isEmpty() ? "; `frl list` shows all runs" : ". Did you mean " + String.join(" or ", near) + "?"));
    }

    private static Optional<String> experiment(List<RunStatus> all, String name) {
        return all.stream()
                .filter(r -> r.experimentId().equals(name) || r.experiment().equals(name))
                .map(RunStatus::experimentId)
                .reduce((a, b) -> b);
    }

    /** The runs of an experiment without warm starts. */
    public static List<RunStatus> ofExperimentAlone(RunStatuses statuses, String experimentId) {
        return statuses.all().stream()
                .filter(r -> r.experimentId().equals(experimentId) && !r.warmStart())
                .toList();
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
