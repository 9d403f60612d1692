package dev.frl.worker;

import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.Held;
import dev.frl.messaging.message.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker does, and whether it takes records: not before it has read the orders to its host, not while its host is drained
 * or its task wants nothing, and not for a growing time after work failed for the host's sake, so that others can take it. Thread-safe.
 */
final class WorkerPresence {
    private static final Logger log = LoggerFactory.getLogger(WorkerPresence.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** An idle worker asks whether it may take a record several times a second; leaving a group that does not respond takes 5 s. */
    static final Duration LONGEST_SILENCE = Duration.ofMinutes(2);

    private final String role;
    private final String host;
    private final String instance;
    private final String engine;
    private final InstantSource clock;
    private final Supplier<Optional<String>> closed;
    private boolean ordersRead;
    private boolean drained;
    private int pauses;
    private @Nullable Pause pause;
    private @Nullable WorkMeter meter;
    private State state = State.IDLE;
    private Instant since;
    private Instant asked;

    private record Pause(Instant until, String reason) {}

    WorkerPresence(String role, String host, String instance, String engine, InstantSource clock) {
        this(role, host, instance, engine, clock, Optional::empty);
    }

    /** @param closed why the worker takes no record for a reason of its own; empty if it takes one */
    WorkerPresence(
            String role,
            String host,
            String instance,
            String engine,
            InstantSource clock,
            Supplier<Optional<String>> closed) {
        this.closed = closed;
        this.role = role;
        this.host = host;
        this.instance = instance;
        this.engine = engine;
        this.clock = clock;
        this.since = clock.instant();
        this.asked = since;
    }

    String host() {
        return host;
    }

    /** Whether this worker may take another record. */
    synchronized boolean takesRecords() {
        asked = clock.instant();
        refresh();
        return ordersRead && !drained && pause == null && closed.get().isEmpty();
    }

    /** Why this worker takes no records, and what to do; empty if it takes them, and on a host that an operator drained. */
    synchronized Optional<String> notReady() {
        refresh();
        if (!ordersRead) {
            return Optional.of(String.format(Locale.ROOT, "the %s has not read the orders to its host yet", role));
        }
        return pause == null
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT, "the %s takes no records until %s: %s", role, pause.until(), pause.reason()));
    }

    /** Why only a restart helps: the thread that takes records has stopped to ask for them. Empty if it asks, or waits for work. */
    synchronized Optional<String> notLive() {
        boolean silent = meter == null && asked.plus(LONGEST_SILENCE).isBefore(clock.instant());
        return silent
                ? Optional.of(String.format(Locale.ROOT, "the %s has not asked for a record since %s", role, asked))
                : Optional.empty();
    }

    /** The orders to this host are known, or cannot be known. */
    synchronized void ordersRead() {
        ordersRead = true;
    }

    synchronized void drain(boolean drain) {
        if (drain != drained) {
            drained = drain;
            log.atInfo()
                    .addKeyValue("host", host)
                    .log(drain ? "host drained; the {} takes no more records" : "the {} takes records again", role);
            refresh();
        }
    }

    synchronized void begins(WorkMeter work) {
        meter = work;
        state = State.IDLE; // so that each record has its own beginning
        refresh();
    }

    synchronized void ends() {
        meter = null;
        asked = clock.instant();
        refresh();
    }

    /** The next pause is a short one again. */
    synchronized void succeeded() {
        pauses = 0;
    }

    /** Takes no records for a while. */
    synchronized void failedForItsHost(String reason) {
        var length = FIRST_PAUSE.multipliedBy(1L << Math.min(pauses, 10));
        length = length.compareTo(LONGEST_PAUSE) < 0 ? length : LONGEST_PAUSE;
        pauses++;
        pause = new Pause(clock.instant().plus(length), reason);
        log.atWarn()
                .addKeyValue("host", host)
                .addKeyValue("reason", reason)
                .addKeyValue("seconds", length.toSeconds())
                .log(
                        "this host cannot do the work; the {} takes no records for a while, so that other hosts can",
                        role);
        refresh();
    }

    /** The work in progress; null if there is none. */
    synchronized @Nullable WorkMeter meter() {
        return meter;
    }

    synchronized WorkerStatus status() {
        refresh();
        var held = meter == null ? null : meter.item();
        var paused = state == State.PAUSED ? pause : null;
        return new WorkerStatus(
                role,
                host,
                instance,
                engine,
                state,
                reason(paused),
                paused == null ? null : paused.until(),
                held == null ? null : new Held(held.runId(), held.work()),
                since,
                clock.instant());
    }

    private @Nullable String reason(@Nullable Pause paused) {
        if (state == State.DRAINING) {
            return drained ? "the host is drained" : closed.get().orElse(null);
        }
        return paused == null ? null : paused.reason();
    }

    private void refresh() {
        var now = clock.instant();
        if (pause != null && !now.isBefore(pause.until())) {
            pause = null;
        }
        var next = State.IDLE;
        if (drained) {
            next = State.DRAINING;
        } else if (meter != null) {
            next = State.WORKING;
        } else if (closed.get().isPresent()) {
            next = State.DRAINING; // the controller gives no turn for it
        } else if (pause != null) {
            next = State.PAUSED;
        }
        if (next != state) {
            state = next;
            since = now;
        }
    }
}
