package dev.frl.core.turn;

import static java.util.Objects.requireNonNull;

import dev.frl.core.turn.TurnFact.Held;
import dev.frl.core.turn.TurnFact.Place;
import dev.frl.core.turn.TurnFact.Waiting;
import dev.frl.core.turn.TurnInput.Wanted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs that wait and runs that have a turn, and who is next. Every change costs a time that grows with the logarithm of the number of
 * runs: the waiting runs of one experiment and one priority are a {@link Queue}, and the queues of one priority are sorted.
 */
final class Line {
    /** Waiting runs of an experiment that have the same priority; never empty while it is in {@link #queues}. */
    private static final class Queue {
        private final Experiment experiment;
        private final NavigableMap<Long, Waiting> runs = new TreeMap<>();

        Queue(Experiment experiment) {
            this.experiment = experiment;
        }

        private long first() {
            return runs.firstKey();
        }
    }

    /** An experiment that has a run in the line or a run that has a turn. */
    private static final class Experiment {
        private final Map<Integer, Queue> queues = new HashMap<>();
        private Place place;
        private int held;

        Experiment(Place place) {
            this.place = place;
        }

        boolean isIdle() {
            return held == 0 && queues.isEmpty();
        }
    }

    /** In turns: fewest turns at the moment, then longest without one, then earliest in the line. */
    private static final Comparator<Queue> IN_TURNS = Comparator.<Queue>comparingInt(q -> q.experiment.held)
            .thenComparingLong(q -> q.experiment.place.turn())
            .thenComparing(q -> q.experiment.place.served())
            .thenComparingLong(Queue::first);

    private final Map<String, Waiting> waiting = new LinkedHashMap<>();
    private final Map<String, Held> held = new LinkedHashMap<>();
    private final Map<String, Experiment> experiments = new HashMap<>();
    private final NavigableMap<Integer, TreeSet<Queue>> queues = new TreeMap<>(Comparator.reverseOrder());

    @Nullable
    Waiting waiting(String runId) {
        return waiting.get(runId);
    }

    @Nullable
    Held held(String runId) {
        return held.get(runId);
    }

    /** The place of an experiment; null if none of its runs waits or has a turn. */
    @Nullable
    Place place(String experimentId) {
        var experiment = experiments.get(experimentId);
        return experiment == null ? null : experiment.place;
    }

    Collection<Waiting> allWaiting() {
        return Collections.unmodifiableCollection(waiting.values());
    }

    Collection<Held> allTurns() {
        return Collections.unmodifiableCollection(held.values());
    }

    /**
     * The run whose turn is next; null if none waits that may have one.
     *
     * @param mayHaveTurn the same for all runs of an experiment
     */
    @Nullable
    Waiting next(Predicate<Wanted> mayHaveTurn) {
        for (var priority : queues.values()) {
            for (var queue : priority) {
                var first = queue.runs.firstEntry().getValue();
                if (mayHaveTurn.test(first.wanted())) {
                    return first;
                }
            }
        }
        return null;
    }

    void place(Place place) {
        var experiment = experiments.get(place.experimentId());
        if (experiment == null) {
            experiments.put(place.experimentId(), new Experiment(place));
        } else {
            reorder(experiment, () -> experiment.place = place);
        }
    }

    /** The run is not in the line, and its experiment has a place. */
    void add(Waiting run) {
        waiting.put(run.wanted().runId(), run);
        int priority = run.wanted().priority();
        var experiment = experiment(run.wanted().experimentId());
        reorder(
                experiment,
                () -> experiment
                        .queues
                        .computeIfAbsent(priority, p -> new Queue(experiment))
                        .runs
                        .put(run.number(), run));
    }

    /** The run has no turn, and its experiment has a place. */
    void add(Held run) {
        held.put(run.wanted().runId(), run);
        var experiment = experiment(run.wanted().experimentId());
        reorder(experiment, () -> experiment.held++);
    }

    void remove(Waiting run) {
        waiting.remove(run.wanted().runId());
        int priority = run.wanted().priority();
        var experiment = experiment(run.wanted().experimentId());
        reorder(experiment, () -> {
            var queue = requireNonNull(experiment.queues.get(priority));
            queue.runs.remove(run.number());
            if (queue.runs.isEmpty()) {
                experiment.queues.remove(priority);
            }
        });
    }

    void remove(Held run) {
        held.remove(run.wanted().runId());
        var experiment = experiment(run.wanted().experimentId());
        reorder(experiment, () -> experiment.held--);
    }

    /** Forgets an experiment of which no run waits or has a turn. Returns whether it did. */
    boolean forgetIfIdle(String experimentId) {
        if (!experiment(experimentId).isIdle()) {
            return false;
        }
        experiments.remove(experimentId);
        return true;
    }

    List<TurnFact> facts() {
        var facts = new ArrayList<TurnFact>(waiting.values());
        facts.addAll(held.values());
        experiments.values().forEach(experiment -> facts.add(experiment.place));
        return facts;
    }

    private Experiment experiment(String experimentId) {
        return requireNonNull(experiments.get(experimentId), experimentId);
    }

    /** What sorts the queues of an experiment may change only while they are out of their sets. */
    private void reorder(Experiment experiment, Runnable change) {
        experiment.queues.forEach((priority, queue) -> {
            var same = requireNonNull(queues.get(priority));
            same.remove(queue);
            if (same.isEmpty()) {
                queues.remove(priority);
            }
        });
        change.run();
        experiment.queues.forEach((priority, queue) ->
                queues.computeIfAbsent(priority, p -> new TreeSet<>(IN_TURNS)).add(queue));
    }
}
