package dev.frl.core.turn;

import dev.frl.core.turn.TurnInput.Wanted;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Trainers that were heard of lately, by arrival at the controller: clocks of other hosts may be wrong. A trainer takes runs of all
 * experiments, or is bound to one, by its name or its id.
 */
final class TrainersInSight {
    /** A trainer announces itself at least every 30 s; {@code frl workers list} calls it silent after the same time. */
    static final Duration SILENT = Duration.ofMinutes(2);

    private record Heard(boolean counts, @Nullable String experiment, Instant at) {}

    /** Trainers that are bound to the same experiment, or to none. */
    private static final class Kind {
        private int counting;
        private int inSight;
        private Instant lastInSight;

        Kind(Instant lastInSight) {
            this.lastInSight = lastInSight;
        }

        private boolean isInSight() {
            return inSight > 0;
        }
    }

    /** In the order in which they were heard of. */
    private final Map<String, Heard> heard = new LinkedHashMap<>();

    private final Kind forAll;
    private final Map<String, Kind> bound = new HashMap<>();
    private int counting;

    /** @param now before this time nobody could be seen */
    TrainersInSight(Instant now) {
        this.forAll = new Kind(now);
    }

    /**
     * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
     * @return whether it is new, or what is known of it has changed
     */
    boolean seen(String trainer, boolean counts, @Nullable String experiment, Instant at) {
        var now = new Heard(counts, experiment, at);
        var before = heard.remove(trainer);
        if (before != null) {
            add(before, -1, at);
        }
        heard.put(trainer, now); // to the end of the order
        add(now, 1, at);
        return before == null
                || !new TurnFact.Trainer(trainer, before.counts(), before.experiment())
                        .equals(new TurnFact.Trainer(trainer, counts, experiment));
    }

    /** @return whether it was in sight */
    boolean gone(String trainer, Instant at) {
        var before = heard.remove(trainer);
        if (before == null) {
            return false;
        }
        add(before, -1, at);
        return true;
    }

    private void add(Heard trainer, int number, Instant at) {
        var experiment = trainer.experiment();
        var kind = experiment == null ? forAll : bound.computeIfAbsent(experiment, e -> new Kind(at));
        kind.inSight += number;
        kind.lastInSight = at;
        if (trainer.counts()) {
            kind.counting += number;
            counting += number;
        }
    }

    /**
     * Forgets trainers that were not heard of for {@link #SILENT}.
     *
     * @param upSince silence before this time, when the controller was down, does not count
     * @return the forgotten ones
     */
    List<String> forgetSilent(Instant now, Instant upSince) {
        var silent = new ArrayList<String>();
        for (var trainer : heard.entrySet()) {
            var end = later(trainer.getValue().at(), upSince).plus(SILENT);
            if (now.isBefore(end)) {
                break; // the others were heard of later
            }
            silent.add(trainer.getKey());
        }
        silent.forEach(trainer -> gone(trainer, now));
        return silent;
    }

    /**
     * Forgets when trainers of other experiments than these were in sight.
     *
     * @param experiments names and ids of experiments of which runs wait
     */
    void forgetAllBut(Collection<String> experiments) {
        bound.entrySet().removeIf(kind -> !kind.getValue().isInSight() && !experiments.contains(kind.getKey()));
    }

    /** Number of trainers that take runs, or have one. */
    int counting() {
        return counting;
    }

    /** Number of those that take runs of all experiments. */
    int countingForAll() {
        return forAll.counting;
    }

    /** Number of those that are bound to this name or id of an experiment. */
    int countingFor(String experiment) {
        var kind = bound.get(experiment);
        return kind == null ? 0 : kind.counting;
    }

    /** Whether a trainer is bound to one experiment. */
    boolean anyIsBound() {
        return counting > forAll.counting;
    }

    /** Whether a trainer is in sight that takes runs of all experiments. */
    boolean anyIsForAll() {
        return forAll.isInSight();
    }

    boolean isEmpty() {
        return heard.isEmpty();
    }

    /** Time at which the last trainer that takes this run was in sight; null while one is. */
    @Nullable
    Instant blindSince(Wanted run) {
        var since = forAll.lastInSight;
        if (forAll.isInSight()) {
            return null;
        }
        for (var experiment : List.of(run.experiment(), run.experimentId())) {
            var kind = bound.get(experiment);
            if (kind != null && kind.isInSight()) {
                return null;
            }
            since = kind == null ? since : later(since, kind.lastInSight);
        }
        return since;
    }

    /** Trainers, and whether they count. */
    List<TurnFact.Trainer> facts() {
        var facts = new ArrayList<TurnFact.Trainer>();
        heard.forEach((trainer, state) -> facts.add(new TurnFact.Trainer(trainer, state.counts(), state.experiment())));
        return facts;
    }

    static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
