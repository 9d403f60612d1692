package dev.frl.messaging.message;

import dev.frl.core.run.Work;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A worker and what it does, as {@code frl workers list} shows it.
 *
 * @param role its service: trainer or attacker
 * @param host host of the worker
 * @param instance tells the workers of a host apart
 * @param engine the engine's description of itself
 * @param state what it does
 * @param reason why it is paused or drained; null otherwise
 * @param until end of its pause; null unless it is paused
 * @param held work that it holds; null if it holds none
 * @param since time at which this state began, by the worker's clock
 * @param at time of the announcement, by the worker's clock
 */
public record WorkerStatus(
        String role,
        String host,
        String instance,
        String engine,
        State state,
        @Nullable String reason,
        @Nullable Instant until,
        @Nullable Held held,
        Instant since,
        Instant at) {
    /** What a worker does. */
    public enum State {
        /** Waits for a record. */
        IDLE,
        /** Works on a record. */
        WORKING,
        /** Takes no record for a while, since work failed for the host's sake. */
        PAUSED,
        /** Takes no record: its host is drained, and it may still work on one; or it waits for the end of the one run that it is for. */
        DRAINING
    }

    /** A piece of work that a worker holds. */
    public record Held(String runId, Work work) {}

    /** Key of its messages. */
    public String key() {
        return String.format(Locale.ROOT, "%s/%s/%s", role, host, instance);
    }
}
