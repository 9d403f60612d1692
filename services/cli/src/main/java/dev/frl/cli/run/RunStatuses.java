package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.client.SkippedRecords;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The latest status of every run. Immutable. */
public final class RunStatuses {
    private final Map<String, RunStatus> byRun;

    private final SkippedRecords skipped;

    private RunStatuses(Map<String, RunStatus> byRun, SkippedRecords skipped) {
        this.byRun = byRun;
        this.skipped = skipped;
    }

    /**
     * Reads them. A line on stderr tells what could not be read.
     *
     * @throws CliException failed if there are records but this build can read none of them
     */
    public static RunStatuses of(CliContext context, Cluster cluster) {
        var statuses = quietly(cluster);
        if (statuses.byRun.isEmpty() && !statuses.skipped.isEmpty()) {
            throw CliException.failed("no run can be read: " + LostRecords.line(statuses.skipped));
        }
        statuses.tellSkipped(context);
        return statuses;
    }

    /** Reads what can be read, for commands that work also if this is nothing. A line on stderr tells what could not. */
    public static RunStatuses readable(CliContext context, Cluster cluster) {
        var statuses = quietly(cluster);
        statuses.tellSkipped(context);
        return statuses;
    }

    /** Reads what can be read, and prints nothing. */
    public static RunStatuses quietly(Cluster cluster) {
        var byRun = new LinkedHashMap<String, RunStatus>();
        var skipped = cluster.statuses(status -> byRun.put(status.runId(), status));
        return new RunStatuses(byRun, skipped);
    }

    /** Prints a line about the records that could not be read, if there are any. */
    public void tellSkipped(CliContext context) {
        LostRecords.tell(context, skipped);
    }

    /** In the order in which the runs were planned. */
    public List<RunStatus> all() {
        return List.copyOf(byRun.values());
    }

    /** Those of these runs that are known, in the order of the ids. */
    public List<RunStatus> of(Collection<String> runIds) {
        return runIds.stream().flatMap(id -> of(id).stream()).toList();
    }

    private Optional<RunStatus> of(String runId) {
        return Optional.ofNullable(byRun.get(runId));
    }

    boolean has(String runId) {
        return byRun.containsKey(runId);
    }

    boolean ended(String runId) {
        return of(runId).filter(status -> status.phase().isTerminal()).isPresent();
    }
}
