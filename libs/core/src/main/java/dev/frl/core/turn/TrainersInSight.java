package dev.frl.core.turn;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Trainers that were heard of lately, by arrival at the controller: clocks of other hosts may be wrong. */
final class TrainersInSight {
    /** A trainer announces itself at least every 30 s; {@code frl workers list} calls it silent after the same time. */
    static final Duration SILENT = Duration.ofMinutes(2);

    private record Heard(boolean counts, Instant at) {}

    /** In the order in which they were heard of. */
    private final Map<String, Heard> heard = new LinkedHashMap<>();

    private int counting;
    private Instant lastInSight;

    /** @param now before this time nobody could be seen */
    TrainersInSight(Instant now) {
        this.lastInSight = now;
    }

    /** @return whether it is new, or counts now and did not before, or the other way round */
    boolean seen(String trainer, boolean counts, Instant at) {
        var before = heard.remove(trainer); // to the end of the order
        heard.put(trainer, new Heard(counts, at));
        counting += (counts ? 1 : 0) - (before != null && before.counts() ? 1 : 0);
        lastInSight = at;
        return before == null || before.counts() != counts;
    }

    /** @return whether it was in sight */
    boolean gone(String trainer, Instant at) {
        var before = heard.remove(trainer);
        if (before == null) {
            return false;
        }
        counting -= before.counts() ? 1 : 0;
        lastInSight = at;
        return true;
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

    /** Number of trainers that take runs, or have one. */
    int counting() {
        return counting;
    }

    /** Time at which the last trainer was in sight; null while one is. */
    @Nullable
    Instant blindSince() {
        return heard.isEmpty() ? lastInSight : null;
    }

    /** Trainers, and whether they count. */
    List<TurnFact.Trainer> facts() {
        var facts = new ArrayList<TurnFact.Trainer>();
        heard.forEach((trainer, state) -> facts.add(new TurnFact.Trainer(trainer, state.counts())));
        return facts;
    }

    static Instant later(Instant a, Instant b) {
        return a.isAfter(b) ? a : b;
    }
}
