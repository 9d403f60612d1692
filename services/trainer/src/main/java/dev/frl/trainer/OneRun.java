package dev.frl.trainer;

import dev.frl.core.HumanTime;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What a trainer for one run takes, and when it is done. It takes one run, and waits for its end after its last epoch. If the run needs
 * a trainer again, because an attempt failed or it rests, the trainer takes the next run: the same one, or another that waits. So a sweep
 * of n runs needs n such trainers, however often its runs rest. Thread-safe.
 */
final class OneRun {
    /** How long it waits, after work that did not end well, to hear what becomes of the run. */
    static final Duration HEARING = Duration.ofSeconds(30);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final @Nullable String experiment;
    private final Duration wait;
    private final InstantSource clock;
    private final CompletableFuture<Exit> ended = new CompletableFuture<>();
    private @Nullable Held held;
    private Instant freeSince;
    private Instant pausedUntil = Instant.MIN;
    private Duration pause = FIRST_PAUSE;

    /** Exit codes, as Kubernetes Jobs read them. */
    enum Code {
        DONE(0),
        RUN_FAILED(1),
        /** Another trainer takes the run, or there was none. */
        TRY_AGAIN(75);

        final int number;

        Code(int number) {
            this.number = number;
        }
    }

    /** @param reason one line */
    record Exit(Code code, String reason) {}

    /**
     * The run that was taken last.
     *
     * @param leftAt when its work ended; null while it goes on
     * @param trained whether it has trained its last epoch
     */
    private record Held(String runId, int epochs, @Nullable Instant leftAt, boolean trained) {}

    /**
     * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
     * @param wait longest time without a run
     */
    OneRun(@Nullable String experiment, Duration wait, InstantSource clock) {
        this.experiment = experiment;
        this.wait = wait;
        this.clock = clock;
        this.freeSince = clock.instant();
    }

    /** Whether the run is for this trainer. If it is not, this trainer stays out of the group for a while, so that another one is given the run. */
    synchronized boolean accepts(RunPlan plan) {
        if (ended.isDone()) {
            return false;
        }
        if (isOf(plan.experiment(), plan.experimentId())) {
            pause = FIRST_PAUSE;
            return true;
        }
        pausedUntil = clock.instant().plus(pause);
        pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
        return false;
    }

    private boolean isOf(String name, String id) {
        return experiment == null || experiment.equals(name) || experiment.equals(id);
    }

    synchronized void begins(RunPlan plan) {
        held = new Held(plan.runId(), plan.settings().training().epochs(), null, false);
    }

    /** @param trained whether the last epoch is trained; else the run was withdrawn, failed, or given back */
    synchronized void leaves(boolean trained) {
        if (held != null) {
            held = new Held(held.runId(), held.epochs(), clock.instant(), trained);
        }
    }

    /** A status of any run, newer than those before. */
    synchronized void hears(RunStatus status) {
        if (held == null || !held.runId().equals(status.runId())) {
            return;
        }
        if (status.phase().isTerminal()) {
            boolean failed = status.phase() == Phase.FAILED;
            end(
                    failed ? Code.RUN_FAILED : Code.DONE,
                    String.format(
                            Locale.ROOT,
                            "run %s %s: %s",
                            status.runId(),
                            status.phase().name().toLowerCase(Locale.ROOT),
                            status.reason()));
        } else if (held.leftAt() != null
                && (status.phase() == Phase.QUEUED || status.phase() == Phase.PAUSED)
                && (!held.trained() || status.epoch() >= held.epochs())) {
            free();
        }
    }

    /** A status of any experiment. A name may have a newer generation tomorrow, so only the id of an ended experiment says that no run is left. */
    synchronized void hears(ExperimentStatus status) {
        boolean idle = held == null || held.leftAt() != null;
        if (idle && status.experimentId().equals(experiment) && status.phase().isTerminal()) {
            end(Code.DONE, String.format(Locale.ROOT, "experiment %s has ended, and no run is left", experiment));
        }
    }

    /** Time passes. */
    synchronized void tick() {
        var now = clock.instant();
        if (held == null) {
            if (!now.isBefore(freeSince.plus(wait))) {
                end(
                        Code.TRY_AGAIN,
                        String.format(
                                Locale.ROOT,
                                "no run %swithin %s",
                                experiment == null ? "" : "of experiment " + experiment + " ",
                                HumanTime.of(wait)));
            }
        } else if (held.leftAt() != null
                && !held.trained()
                && !now.isBefore(held.leftAt().plus(HEARING))) {
            free();
        }
    }

    private void free() {
        held = null;
        freeSince = clock.instant();
    }

    private void end(Code code, String reason) {
        ended.complete(new Exit(code, reason));
    }

    /** Why it takes no run now; empty if it takes one. */
    synchronized Optional<String> takesNothing() {
        if (ended.isDone()) {
            return Optional.of("its run has ended");
        }
        if (held != null) {
            return Optional.of("waits for the end of run " + held.runId());
        }
        return clock.instant().isBefore(pausedUntil)
                ? Optional.of(String.format(
                        Locale.ROOT, "leaves runs of other experiments than %s to other trainers", experiment))
                : Optional.empty();
    }

    /** Run that was taken last and may still end; null if there is none. */
    synchronized @Nullable String runId() {
        return held == null ? null : held.runId();
    }

    /** Completes, always normally, when there is nothing left to do. */
    CompletableFuture<Exit> ended() {
        return ended;
    }
}
