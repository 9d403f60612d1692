package dev.frl.core.turn;

import dev.frl.core.turn.TurnFact.Held;
import dev.frl.core.turn.TurnInput.Wanted;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Which runs may have a turn beside those that have one, so that every turn has a trainer that takes its run. A trainer is for one
 * experiment by its id, for all experiments of a name, or for all; so each run is given the narrowest trainer that is left, and a
 * trainer for all only where there is no other. No other assignment of runs to trainers leaves more of them.
 */
final class Room {
    private final TrainersInSight trainers;
    /** Turns by id of experiment. */
    private final Map<String, Integer> turns = new HashMap<>();

    /** Turns by name of experiment, without those that trainers of an id have. */
    private final Map<String, Integer> ofName = new HashMap<>();

    /** Turns that only trainers for all can have. */
    private int others;

    Room(Collection<Held> turns, TrainersInSight trainers) {
        this.trainers = trainers;
        turns.forEach(held -> give(held.wanted()));
    }

    /** Whether no run may have a turn, whatever its experiment. */
    boolean isFull() {
        return others >= trainers.countingForAll() && !trainers.anyIsBound();
    }

    boolean hasFor(Wanted run) {
        return others < trainers.countingForAll()
                || turns.getOrDefault(run.experimentId(), 0) < trainers.countingFor(run.experimentId())
                || ofName.getOrDefault(run.experiment(), 0) < trainers.countingFor(run.experiment());
    }

    /** The run has a turn. */
    void give(Wanted run) {
        if (turns.merge(run.experimentId(), 1, Integer::sum) > trainers.countingFor(run.experimentId())
                && ofName.merge(run.experiment(), 1, Integer::sum) > trainers.countingFor(run.experiment())) {
            others++;
        }
    }
}
