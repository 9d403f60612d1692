package dev.frl.trainer;

import dev.frl.core.HumanTime;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.service.ServiceProcess;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a trainer for one run takes, and when it is done. It takes one run, and waits for its end after its last epoch. If the run needs
 * a trainer again, because an attempt failed or it rests, the trainer takes the next run: the same one, or another that waits. So a sweep
 * of n runs needs n such trainers, however often its runs rest. A trainer for all runs of an experiment takes the next one instead of
 * ending, until the experiment has ended.
 *
 * <p>If the spec of its experiment was rejected, there will be no run, so it ends. A spec that was rejected long before, or that another
 * one of the same name followed, does not count.
 *
 * <p>If no run comes within {@code --wait}, it ends, unless its experiment is open: a run of it may wait for its warm start, say. The
 * controller bounds how long an experiment is open. Thread-safe.
 */
final class OneRun {
    /** How long it waits, after work that did not end well, to hear what becomes of the run. */
    static final Duration HEARING = Duration.ofSeconds(30);

    /** A spec may be rejected while the host of this trainer still loads its image. */
    static final Duration REJECTED_BEFORE = Duration.ofMinutes(10);

    /** How long another spec of the same name may take to follow one that was rejected. */
    static final Duration MENDING = Duration.ofMinutes(1);

    private static final Logger log = LoggerFactory.getLogger(OneRun.class);
    private static final int TOLD_PROBLEMS = 3;
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);

    private final @Nullable String experiment;
    private final boolean all;
    private final Duration wait;
    private final Instant begun;
    private final InstantSource clock;
    private final CompletableFuture<Exit> ended = new CompletableFuture<>();
    private @Nullable Held held;
    private Instant freeSince;
    private Instant pausedUntil = Instant.MIN;
    private Duration pause = FIRST_PAUSE;
    private @Nullable Rejected rejected;
    private Instant accepted = Instant.MIN;
    private boolean experimentsRead;
    private final Set<String> open = new HashSet<>();

    /** Exit codes, as Kubernetes Jobs read them. */
    enum Code {
        DONE(0),
        RUN_FAILED(1),
        /** The spec of the experiment was rejected, or nobody published one. */
        WRONG_SPEC(2),
        /** It waited in vain. */
        NO_RUN(ServiceProcess.UNAVAILABLE);

        final int number;

        Code(int number) {
            this.number = number;
        }
    }

    /** @param reason one line */
    record Exit(Code code, String reason) {}

    private record Rejected(SpecRejected spec, Instant heardAt) {}

    /**
     * The run that was taken last.
     *
     * @param leftAt when its work ended; null while it goes on
     * @param trained whether it has trained its last epoch
     */
    private record Held(String runId, int epochs, @Nullable Instant leftAt, boolean trained) {}

    /**
     * @param experiment name or id of the only experiment whose runs it takes; null for every experiment
     * @param all whether it takes all runs of that experiment
     * @param wait longest time without a run, while its experiment is not open
     */
    OneRun(@Nullable String experiment, boolean all, Duration wait, InstantSource clock) {
        this.experiment = experiment;
        this.all = all;
        this.wait = wait;
        this.clock = clock;
        this.begun = clock.instant();
        this.freeSince = begun;
    }

    /** Name or id of the only experiment whose runs it takes; empty for every experiment. */
    Optional<String> experiment() {
        return Optional.ofNullable(experiment);
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
        if (status.phase().isTerminal() && all) {
            free();
        } else if (status.phase().isTerminal()) {
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
        if (!isOf(status.experiment(), status.experimentId())) {
            return;
        }
        accepted = status.submittedAt().isAfter(accepted) ? status.submittedAt() : accepted;
        if (status.phase().isTerminal()) {
            open.remove(status.experimentId());
        } else {
            open.add(status.experimentId());
        }
        if (status.experimentId().equals(experiment)) {
            accepted = Instant.MAX;
        }
        boolean idle = held == null || held.leftAt() != null;
        if (idle && status.experimentId().equals(experiment) && status.phase().isTerminal()) {
            boolean failed = all && status.phase() == ExperimentPhase.FAILED;
            end(
                    failed ? Code.RUN_FAILED : Code.DONE,
                    String.format(
                            Locale.ROOT,
                            "experiment %s has ended (%s), and no run is left",
                            experiment,
                            status.reason()));
        }
    }

    /** All statuses of experiments from before now were heard. */
    synchronized void knowsExperiments() {
        experimentsRead = true;
    }

    /** A spec of any experiment. A spec that was rejected has no id, so a trainer of an id goes by the name in it. */
    synchronized void hears(SpecRejected spec) {
        boolean own = experiment != null
                && (experiment.equals(spec.experiment()) || nameIn(experiment).equals(spec.experiment()));
        if (own && !spec.at().isBefore(begun.minus(REJECTED_BEFORE))) {
            rejected = new Rejected(spec, clock.instant());
        }
    }

    /** The name in the id of an experiment: the id without the hash of its settings. */
    static String nameIn(String id) {
        return id.replaceFirst("-[0-9a-f]{8}$", "");
    }

    /** Time passes. */
    synchronized void tick() {
        var now = clock.instant();
        if (held == null) {
            endIfRejected(now);
            if (!now.isBefore(freeSince.plus(wait))) {
                endInVain(now);
            }
        } else if (held.leftAt() != null
                && !held.trained()
                && !now.isBefore(held.leftAt().plus(HEARING))) {
            free();
        }
    }

    private void endIfRejected(Instant now) {
        if (rejected == null
                || rejected.spec().at().isBefore(accepted)
                || now.isBefore(rejected.heardAt().plus(MENDING))) {
            return;
        }
        var problems = rejected.spec().problems();
        var told = problems.stream()
                .limit(TOLD_PROBLEMS)
                .map(p -> p.path().isEmpty() ? p.message() : p.path() + ": " + p.message())
                .collect(Collectors.joining("; "));
        end(
                Code.WRONG_SPEC,
                String.format(
                        Locale.ROOT,
                        "the spec of experiment %s at %s was rejected: %s%s; mend the spec and submit it again",
                        rejected.spec().experiment(),
                        rejected.spec().source(),
                        told,
                        problems.size() > TOLD_PROBLEMS ? " and " + (problems.size() - TOLD_PROBLEMS) + " more" : ""));
    }

    private void endInVain(Instant now) {
        var waited = HumanTime.of(wait);
        if (experiment == null) {
            end(
                    Code.NO_RUN,
                    String.format(Locale.ROOT, "no run within %s; `frl list` shows whether one waits", waited));
        } else if (!open.isEmpty()) {
            freeSince = now;
            log.atInfo()
                    .addKeyValue("experiment", experiment)
                    .log(
                            "no run within {}; the experiment is open: its runs are with other trainers, wait for a warm start, or"
                                    + " rest. Waiting on; `frl list` shows them",
                            waited);
        } else if (!accepted.equals(Instant.MIN)) {
            end(
                    Code.NO_RUN,
                    String.format(
                            Locale.ROOT,
                            "no run of experiment %s within %s: all its generations have ended; submit a new one, or name the id of an experiment",
                            experiment,
                            waited));
        } else if (!experimentsRead) {
            end(
                    Code.NO_RUN,
                    String.format(
                            Locale.ROOT,
                            "no run of experiment %s within %s, and the statuses of experiments could not be read; look at the brokers",
                            experiment,
                            waited));
        } else {
            end(
                    Code.WRONG_SPEC,
                    String.format(
                            Locale.ROOT,
                            "there is no experiment %s, after %s: no spec of it was published, or no controller runs. Look at the log of what"
                                    + " publishes it (of a rendered sweep: the Job whose name ends in -publish), or `frl submit` it, and"
                                    + " start again",
                            experiment,
                            waited));
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
