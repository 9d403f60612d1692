package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.Cluster;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunState;
import dev.frl.core.run.RunStatus;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** History and latest status of some runs: events come from the run log, progress and counted shards from the status topic. Not thread-safe. */
public final class RunHistories {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, RunStatus> statuses = new HashMap<>();
    private List<String> asked = List.of();
    /** Runs whose plan is not in the log any more. Nothing can be computed from their events. */
    private final Set<String> withoutPlan = new LinkedHashSet<>();

    private static final class Entry {
        final RunHistory history;
        final Set<RunEvent> known = new HashSet<>();
        /** After all events so far; computed on demand. */
        @Nullable
        RunStatus status;

        Entry(Planned planned) {
            history = new RunHistory(planned);
        }
    }

    /** Reads the events that these runs have now. Lines on stderr tell what could not be read. */
    public static RunHistories of(CliContext context, Cluster cluster, Collection<RunStatus> runs) {
        var histories = new RunHistories();
        runs.forEach(histories::add);
        histories.asked = runs.stream().map(RunStatus::runId).toList();
        if (runs.isEmpty()) {
            return histories;
        }
        var lost = new long[1];
        var skipped = cluster.events(runs, event -> {
            if (!histories.add(event) && !histories.entries.containsKey(event.runId())) {
                lost[0]++;
            }
        });
        LostRecords.tell(context, skipped);
        runs.stream()
                .map(RunStatus::runId)
                .filter(id -> !histories.entries.containsKey(id))
                .forEach(histories.withoutPlan::add);
        if (skipped.isEmpty()) {
            LostRecords.tellPlansAreGone(context, histories.withoutPlan, lost[0]);
        }
        return histories;
    }

    /** @return whether the event is new */
    public boolean add(RunEvent event) {
        Entry entry = entries.get(event.runId());
        if (entry == null) {
            if (!(event instanceof Planned planned)) {
                return false; // its plan is lost, so it cannot be shown
            }
            entry = new Entry(planned);
            entries.put(event.runId(), entry);
        } else if (event instanceof Planned || entry.known.contains(event)) {
            return false;
        } else {
            entry.history.add(event);
        }
        entry.known.add(event);
        entry.status = null;
        return true;
    }

    /** Adds a status; one that is older than a known one is left out. */
    public void add(RunStatus status) {
        statuses.merge(status.runId(), status, (known, next) -> next.since().isBefore(known.since()) ? known : next);
    }

    public Optional<RunHistory> history(String runId) {
        return Optional.ofNullable(entries.get(runId)).map(e -> e.history);
    }

    /** In the order in which the runs were asked for. */
    public List<RunHistory> all() {
        return histories(asked);
    }

    /** Histories of those runs that are known. */
    public List<RunHistory> histories(Collection<String> runIds) {
        return runIds.stream().flatMap(id -> history(id).stream()).toList();
    }

    /** The later of the status that the controller published and the one that follows from the events; empty if the run is unknown. */
    public Optional<RunStatus> status(String runId) {
        var published = Optional.ofNullable(statuses.get(runId));
        var computed = Optional.ofNullable(entries.get(runId)).map(RunHistories::computed);
        if (published.isEmpty() || computed.isEmpty()) {
            return published.or(() -> computed);
        }
        boolean behind = published.get().since().isBefore(computed.get().since());
        return behind ? computed : published;
    }

    /** Status of those runs that are known. */
    public List<RunStatus> statuses(Collection<String> runIds) {
        return runIds.stream().flatMap(id -> status(id).stream()).toList();
    }

    private static RunStatus computed(Entry entry) {
        RunStatus status = entry.status;
        if (status == null) {
            status = RunState.replay(entry.history.events()).status();
            entry.status = status;
        }
        return status;
    }

    /** Whether the run has ended and all its events are known that the log has. */
    boolean ended(String runId) {
        return history(runId).flatMap(RunHistory::end).isPresent()
                || (withoutPlan.contains(runId)
                        && status(runId).filter(s -> s.phase().isTerminal()).isPresent());
    }
}
