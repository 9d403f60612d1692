package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.SweepHistory;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Experiments of some runs, for their constraints and for what the search decided. */
public final class Sweeps {
    private Sweeps() {}

    /**
     * Reads the experiments that these runs belong to. A cluster without their log has none; one line on stderr says so.
     *
     * @throws CliException temporary, if no broker answers
     */
    public static Collection<SweepHistory> of(CliContext context, Cluster cluster, List<RunHistory> runs) {
        var wanted = runs.stream().map(run -> run.plan().experimentId()).collect(Collectors.toSet());
        var sweeps = new LinkedHashMap<String, SweepHistory>();
        try {
            cluster.experimentEvents(event -> {
                String id = event.experimentId();
                if (event instanceof Submitted submitted && wanted.contains(id)) {
                    sweeps.computeIfAbsent(id, unused -> new SweepHistory(submitted));
                }
                var sweep = sweeps.get(id);
                if (sweep != null) {
                    sweep.add(event);
                }
            });
        } catch (CliException e) {
            if (e.exitCode() != ExitCode.FAILED) {
                throw e;
            }
            context.err().printf(Locale.ROOT, "The report is without constraints and search: %s.%n", e.getMessage());
        }
        return sweeps.values();
    }
}
