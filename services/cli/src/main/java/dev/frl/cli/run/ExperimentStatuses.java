package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.core.experiment.ExperimentStatus;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The latest status of every experiment. Immutable. */
public final class ExperimentStatuses {
    private final Map<String, ExperimentStatus> byId;

    private ExperimentStatuses(Collection<ExperimentStatus> experiments) {
        byId = new LinkedHashMap<>();
        experiments.stream()
                .sorted(Comparator.comparing(ExperimentStatus::submittedAt)
                        .thenComparing(ExperimentStatus::experimentId))
                .forEach(experiment -> byId.put(experiment.experimentId(), experiment));
    }

    /**
     * Reads them. A line on stderr tells if they cannot be read: runs are shown also by brokers without this topic.
     *
     * @throws CliException temporary, if no broker answers
     */
    public static ExperimentStatuses of(CliContext context, Cluster cluster) {
        try {
            return quietly(cluster);
        } catch (CliException e) {
            if (e.exitCode() != ExitCode.FAILED) {
                throw e;
            }
            context.err().printf(Locale.ROOT, "Experiments are not shown: %s.%n", e.getMessage());
            return new ExperimentStatuses(List.of());
        }
    }

    /** Reads them, and prints nothing. */
    public static ExperimentStatuses quietly(Cluster cluster) {
        return new ExperimentStatuses(cluster.experiments());
    }

    /** In the order in which they were submitted. */
    public List<ExperimentStatus> all() {
        return List.copyOf(byId.values());
    }

    public Optional<ExperimentStatus> of(String experimentId) {
        return Optional.ofNullable(byId.get(experimentId));
    }

    /** Id of the newest experiment with this name, or of the one with this id. */
    Optional<String> named(String name) {
        return byId.values().stream()
                .filter(e -> e.experimentId().equals(name) || e.experiment().equals(name))
                .map(ExperimentStatus::experimentId)
                .reduce((a, b) -> b);
    }

    /** Whether the experiment has ended. */
    boolean ended(String experimentId) {
        return of(experimentId).filter(e -> e.phase().isTerminal()).isPresent();
    }
}
