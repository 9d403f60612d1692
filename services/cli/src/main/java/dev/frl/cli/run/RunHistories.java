package dev.frl.cli.run;

import dev.frl.cli.context.Cluster;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunState;
import dev.frl.core.run.RunStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The history of every run, built from the run log. Not thread-safe. */
public final class RunHistories {
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<String, Integer> toSkip = new HashMap<>();

    private static final class Entry {
        final RunHistory history;
        final List<RunEvent> events = new ArrayList<>();
        /** After all events so far; computed on demand. */
        @Nullable
        RunStatus status;

        Entry(Planned planned) {
            history = new RunHistory(planned);
        }
    }

    /** Histories from all events that exist now. */
    public static RunHistories of(Cluster cluster) {
        var histories = new RunHistories();
        cluster.readAll(histories::add);
        return histories;
    }

    /** Prepares for reading the log from its beginning again: known events will be skipped. */
    void rewind() {
        toSkip.clear();
        entries.forEach((run, entry) -> toSkip.put(run, entry.events.size()));
    }

    /** @return whether the event is new */
    public boolean add(RunEvent event) {
        int skip = toSkip.getOrDefault(event.runId(), 0);
        if (skip > 0) {
            toSkip.put(event.runId(), skip - 1);
            return false;
        }
        Entry entry = entries.get(event.runId());
        if (entry == null) {
            if (!(event instanceof Planned planned)) {
                return false; // its plan is lost, so it cannot be shown
            }
            entry = new Entry(planned);
            entries.put(event.runId(), entry);
        } else if (!(event instanceof Planned)) {
            entry.history.add(event);
        } else {
            return false;
        }
        entry.events.add(event);
        entry.status = null;
        return true;
    }

    boolean has(String runId) {
        return entries.containsKey(runId);
    }

    Optional<RunHistory> history(String runId) {
        return Optional.ofNullable(entries.get(runId)).map(e -> e.history);
    }

    Collection<RunHistory> histories() {
        return entries.values().stream().map(e -> e.history).toList();
    }

    /** Histories of those runs that are known. */
    List<RunHistory> histories(Collection<String> runIds) {
        return runIds.stream().flatMap(id -> history(id).stream()).toList();
    }

    /** Status of the run; empty if it is unknown. */
    Optional<RunStatus> status(String runId) {
        Entry entry = entries.get(runId);
        if (entry == null) {
            return Optional.empty();
        }
        RunStatus status = entry.status;
        if (status == null) {
            status = RunState.replay(entry.events).status();
            entry.status = status;
        }
        return Optional.of(status);
    }

    boolean ended(String runId) {
        return history(runId).flatMap(RunHistory::end).isPresent();
    }
}
