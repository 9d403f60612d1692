package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import java.util.List;
import java.util.Locale;

/** Runs that wait for a trainer. */
public final class WaitingRuns {
    private WaitingRuns() {}

    /** Says on stderr if some of these runs wait for a trainer and none was heard of lately. Reads the workers only if some wait. */
    public static void tellWithoutTrainer(CliContext context, Cluster cluster, List<RunStatus> runs) {
        long waiting = runs.stream().filter(run -> run.phase() == Phase.QUEUED).count();
        if (waiting == 0) {
            return;
        }
        boolean inSight;
        try {
            var now = context.clock().instant();
            inSight = cluster.workers().stream()
                    .anyMatch(worker -> worker.role().equals("trainer") && !WorkersTable.isSilent(worker, now));
        } catch (CliException e) {
            // The status is known all the same.
            context.err().println("Whether a trainer is in sight is not known: " + e.getMessage());
            return;
        }
        if (!inSight) {
            context.err()
                    .printf(
                            Locale.ROOT,
                            "No trainer is in sight, and %s for one. To start some: frl up%n",
                            waiting == 1 ? "1 run waits" : waiting + " runs wait");
        }
    }
}
