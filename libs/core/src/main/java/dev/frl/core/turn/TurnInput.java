package dev.frl.core.turn;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A message about runs that want a trainer, and about trainers. */
public sealed interface TurnInput {
    /**
     * A run wants a trainer.
     *
     * @param attempt attempt number of the training that would be requested; the turn repeats it
     * @param experiment name of its experiment
     * @param experimentId identity of its experiment
     * @param priority higher goes first
     * @param patience how long it waits while no trainer is in sight
     */
    record Wanted(
            String runId,
            int attempt,
            String experiment,
            String experimentId,
            int priority,
            Duration patience,
            Instant at)
            implements TurnInput {}

    /** A run needs no trainer any more: it has trained its last epoch, rests or has ended. */
    record Released(String runId) implements TurnInput {}

    /**
     * A trainer was heard of.
     *
     * @param trainer role, host and instance
     * @param counts whether it takes runs, or has one
     * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
     * @param at time of its message, by its own clock
     */
    record TrainerSeen(
            String trainer, boolean counts, @Nullable String experiment, Instant at) implements TurnInput {}

    /** A trainer has ended. */
    record TrainerGone(String trainer) implements TurnInput {}
}
