package dev.frl.core.turn;

import static dev.frl.core.turn.TrainersInSight.later;

import dev.frl.core.HumanTime;
import dev.frl.core.turn.TurnFact.Count;
import dev.frl.core.turn.TurnFact.Held;
import dev.frl.core.turn.TurnFact.Place;
import dev.frl.core.turn.TurnFact.Trainer;
import dev.frl.core.turn.TurnFact.Waiting;
import dev.frl.core.turn.TurnInput.Released;
import dev.frl.core.turn.TurnInput.TrainerGone;
import dev.frl.core.turn.TurnInput.TrainerSeen;
import dev.frl.core.turn.TurnInput.Wanted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides which runs may have a trainer. No clock, no I/O: the same inputs at the same times give the same turns, and a repeated input
 * changes nothing.
 *
 * <pre>
 *   a run gets a turn while   runs that have a turn  &lt;  trainers that count
 *   next run                  highest priority; within it in turns over the experiments; within an experiment by arrival
 *   in turns                  fewest runs that have a turn; then longest without a turn; then earliest arrival
 * </pre>
 *
 * An experiment that comes, or comes back, stands before the experiment that was served last and behind those that have waited
 * longer. So a small experiment is not behind a large sweep, and a sweep is not behind an endless row of small experiments. Nothing is
 * remembered of experiments that want nothing.
 */
public final class Turns {
    private final Line line = new Line();
    private final TrainersInSight trainers;
    private final List<Told> signals = new ArrayList<>();
    private final Map<String, @Nullable TurnFact> changes = new LinkedHashMap<>();
    private long nextNumber = 1;
    private long turns;

    private Turns(Instant now) {
        this.trainers = new TrainersInSight(now);
    }

    /** What a run is told. */
    public sealed interface Told {
        String runId();
    }

    /**
     * The run may have a trainer.
     *
     * @param attempt attempt number of the training, as the run asked for it
     */
    public record Turn(String runId, int attempt) implements Told {}

    /** The run cannot get a trainer. */
    public record GiveUp(String runId, String reason) implements Told {}

    /**
     * The result of an input.
     *
     * @param signals what runs are told: that they have a turn, or that they cannot get one
     * @param changes changed entries of the store: key to fact, null where the fact is superseded
     */
    public record Decision(List<Told> signals, Map<String, @Nullable TurnFact> changes) {}

    /**
     * The state that these facts tell of. Where the place of an experiment or the number of turns is missing, since an entry could not be
     * read, the earliest place and the largest known number stand for it: every other run keeps its turn.
     *
     * @param facts in any order
     * @param now silence of trainers and waiting before this time count against nobody
     */
    public static Turns load(Collection<? extends TurnFact> facts, Instant now) {
        var loaded = new Turns(now);
        for (var fact : facts) { // first, since the others need them
            if (fact instanceof Place place) {
                loaded.line.place(place);
                loaded.turns = Math.max(loaded.turns, place.turn());
            }
        }
        facts.forEach(fact -> loaded.restore(fact, now));
        return loaded;
    }

    private void restore(TurnFact fact, Instant now) {
        if (fact instanceof Waiting waiting) {
            restorePlace(waiting.wanted());
            line.add(waiting);
            nextNumber = Math.max(nextNumber, waiting.number() + 1);
        } else if (fact instanceof Held held) {
            restorePlace(held.wanted());
            line.add(held);
            nextNumber = Math.max(nextNumber, held.number() + 1);
        } else if (fact instanceof Count count) {
            turns = Math.max(turns, count.turns());
        } else if (fact instanceof Trainer trainer) {
            trainers.seen(trainer.trainer(), trainer.counts(), now);
        } else if (!(fact instanceof Place)) {
            throw new IllegalStateException("a fact that nobody handles: " + fact);
        }
    }

    private void restorePlace(Wanted wanted) {
        if (line.place(wanted.experimentId()) == null) {
            line.place(new Place(wanted.experimentId(), 0, false));
        }
    }

    /** Number of runs that want a trainer and have none. */
    public int waitingRuns() {
        return line.allWaiting().size();
    }

    /** Number of trainers that take runs. */
    public int trainersInSight() {
        return trainers.counting();
    }

    /** @param now arrival of the input */
    public Decision decide(TurnInput input, Instant now) {
        if (input instanceof Wanted wanted) {
            want(wanted, now);
        } else if (input instanceof Released released) {
            release(released.runId());
        } else if (input instanceof TrainerSeen seen) {
            if (trainers.seen(seen.trainer(), seen.counts(), now)) {
                put(new Trainer(seen.trainer(), seen.counts()));
            }
        } else if (input instanceof TrainerGone gone) {
            if (trainers.gone(gone.trainer(), now)) {
                delete(Trainer.keyOf(gone.trainer()));
            }
        } else {
            throw new IllegalStateException("an input that nobody handles: " + input);
        }
        grant();
        return decision();
    }

    /**
     * Time passes: silent trainers are forgotten, and runs that waited too long without a trainer in sight give up.
     *
     * @param upSince time since which the controller has been running; earlier silence and earlier waiting do not count
     */
    public Decision tick(Instant now, Instant upSince) {
        trainers.forgetSilent(now, upSince).forEach(trainer -> delete(Trainer.keyOf(trainer)));
        var blindSince = trainers.blindSince();
        if (blindSince != null) {
            giveUp(later(blindSince, upSince), now);
        }
        grant();
        return decision();
    }

    /** All facts, as the store holds them. */
    public List<TurnFact> facts() {
        var facts = new ArrayList<>(line.facts());
        facts.addAll(trainers.facts());
        if (turns > 0) {
            facts.add(new Count(turns));
        }
        return facts;
    }

    private void want(Wanted wanted, Instant now) {
        var waiting = line.waiting(wanted.runId());
        var held = line.held(wanted.runId());
        if (waiting != null) {
            if (waiting.wanted().attempt() != wanted.attempt()) {
                line.remove(waiting);
                enter(new Waiting(wanted, waiting.number(), waiting.since()));
                forgetIfIdle(waiting.wanted().experimentId());
            }
        } else if (held != null) {
            if (held.wanted().attempt() != wanted.attempt()) { // its old turn is over
                line.remove(held);
                delete(held.key());
                enter(new Waiting(wanted, held.number(), now));
                forgetIfIdle(held.wanted().experimentId());
            }
        } else {
            enter(new Waiting(wanted, nextNumber++, now));
        }
    }

    private void release(String runId) {
        var waiting = line.waiting(runId);
        if (waiting != null) {
            leave(waiting);
        }
        var held = line.held(runId);
        if (held != null) {
            line.remove(held);
            delete(held.key());
            forgetIfIdle(held.wanted().experimentId());
        }
    }

    private void enter(Waiting run) {
        var experimentId = run.wanted().experimentId();
        if (line.place(experimentId) == null) {
            place(new Place(experimentId, turns, false));
        }
        line.add(run);
        put(run);
    }

    private void leave(Waiting run) {
        line.remove(run);
        delete(run.key());
        forgetIfIdle(run.wanted().experimentId());
    }

    private void forgetIfIdle(String experimentId) {
        if (line.forgetIfIdle(experimentId)) {
            delete(Place.keyOf(experimentId));
        }
    }

    private void place(Place place) {
        line.place(place);
        put(place);
    }

    private void grant() {
        for (var next = line.next(); next != null && line.turns() < trainers.counting(); next = line.next()) {
            var wanted = next.wanted();
            var held = new Held(wanted, next.number());
            line.remove(next);
            line.add(held);
            delete(next.key());
            put(held);
            turns++;
            put(new Count(turns));
            place(new Place(wanted.experimentId(), turns, true));
            signals.add(new Turn(wanted.runId(), wanted.attempt()));
        }
    }

    private void giveUp(Instant blindSince, Instant now) {
        var impatient = line.allWaiting().stream()
                .filter(run -> !now.isBefore(
                        later(run.since(), blindSince).plus(run.wanted().patience())))
                .toList();
        for (var run : impatient) {
            leave(run);
            signals.add(new GiveUp(
                    run.wanted().runId(),
                    String.format(
                            Locale.ROOT,
                            "no trainer was in sight for %s; start a trainer and retry the run",
                            HumanTime.of(run.wanted().patience()))));
        }
    }

    private void put(TurnFact fact) {
        changes.put(fact.key(), fact);
    }

    private void delete(String key) {
        changes.put(key, null);
    }

    private Decision decision() {
        var decision = new Decision(List.copyOf(signals), new LinkedHashMap<>(changes));
        signals.clear();
        changes.clear();
        return decision;
    }
}
