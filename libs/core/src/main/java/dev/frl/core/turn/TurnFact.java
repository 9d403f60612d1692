package dev.frl.core.turn;

import dev.frl.core.turn.TurnInput.Wanted;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@link Turns} remember. A fact is an entry of the controller's store; a later fact of the same key supersedes it. */
public sealed interface TurnFact {
    /** Key of its entry: the kind of fact, and what it is about. */
    String key();

    /**
     * A run waits for a turn.
     *
     * @param number runs of an experiment have their turns in this order
     * @param since time at which it began to wait, by the controller's clock
     */
    record Waiting(Wanted wanted, long number, Instant since) implements TurnFact {
        private static final String PREFIX = "waiting/";

        @Override
        public String key() {
            return keyOf(wanted.runId());
        }

        static String keyOf(String runId) {
            return PREFIX + runId;
        }

        /** The run that an entry with this key is about; empty if it is no entry of a waiting run. */
        public static Optional<String> runOf(String key) {
            return key.startsWith(PREFIX) ? Optional.of(key.substring(PREFIX.length())) : Optional.empty();
        }
    }

    /**
     * A run has a turn.
     *
     * @param wanted what it asked for
     * @param number its place while it waited. It gets this place again if it wants another trainer
     */
    record Held(Wanted wanted, long number) implements TurnFact {
        @Override
        public String key() {
            return keyOf(wanted.runId());
        }

        static String keyOf(String runId) {
            return "turn/" + runId;
        }
    }

    /**
     * The place of an experiment among others, while it has a run that waits or a run that has a turn.
     *
     * @param turn number of the turn that it stands behind: the last turn of one of its runs; the latest turn of all when it came, if it
     *     had none since
     * @param served whether that turn was its own
     */
    record Place(String experimentId, long turn, boolean served) implements TurnFact {
        @Override
        public String key() {
            return keyOf(experimentId);
        }

        static String keyOf(String experimentId) {
            return "experiment/" + experimentId;
        }
    }

    /** Number of turns so far. */
    record Count(long turns) implements TurnFact {
        static final String KEY = "count";

        @Override
        public String key() {
            return KEY;
        }
    }

    /**
     * A trainer is in sight. When it was heard of is not stored: it would be an entry for every announcement, and after a restart that
     * time does not count.
     *
     * @param trainer role, host and instance
     * @param counts whether it takes runs, or has one
     * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
     */
    record Trainer(String trainer, boolean counts, @Nullable String experiment) implements TurnFact {
        @Override
        public String key() {
            return keyOf(trainer);
        }

        static String keyOf(String trainer) {
            return "trainer/" + trainer;
        }
    }
}
