package dev.frl.core.experiment;

import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Extended;
import dev.frl.core.experiment.ExperimentEvent.ExtensionBegun;
import dev.frl.core.experiment.ExperimentEvent.ExtensionRunSeen;
import dev.frl.core.experiment.ExperimentEvent.Paused;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.PointRevived;
import dev.frl.core.experiment.ExperimentEvent.Reopened;
import dev.frl.core.experiment.ExperimentEvent.Reported;
import dev.frl.core.experiment.ExperimentEvent.Resumed;
import dev.frl.core.experiment.ExperimentEvent.RetryQueued;
import dev.frl.core.experiment.ExperimentEvent.RunAdded;
import dev.frl.core.experiment.ExperimentEvent.RunAllowed;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.RunOrdered;
import dev.frl.core.experiment.ExperimentEvent.RungReached;
import dev.frl.core.experiment.ExperimentEvent.RunsWithheld;
import dev.frl.core.experiment.ExperimentEvent.Started;
import dev.frl.core.experiment.ExperimentEvent.Stopping;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.experiment.ExperimentEvent.WarmStartAdded;
import dev.frl.core.experiment.ExperimentEvent.WarmStartPlanned;
import dev.frl.core.experiment.RunEntry.Activity;
import dev.frl.core.run.RunPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The current state of one experiment, replayed from its events. Changes only in {@link #replay}. Mutable, not thread-safe.
 *
 * <p>{@link #store} names the entries of the controller's store that an event changes; {@link #load} replays them.
 */
public final class ExperimentState {
    private final Submitted submitted;
    private ExperimentSettings settings;
    private final Search search;
    /** Warm starts; without a plan those that were handed out. */
    private final Map<String, Optional<RunPlan>> warmStarts = new LinkedHashMap<>();

    private final RunTable runs;
    private boolean started;
    /** The latest change of phase after the start; null before the first. */
    private @Nullable ExperimentEvent phaseEvent;

    private @Nullable ExtensionBegun extension;
    /** Runs of the extension that came in, and whether each was left out because its point is pruned. */
    private final Map<String, Boolean> extensionRuns = new HashMap<>();

    private @Nullable String lastExtension;
    /** Place of the next fact in the order of this experiment's facts. */
    private long number;

    private ExperimentState(Submitted submitted) {
        this.submitted = submitted;
        settings = submitted.settings();
        search = Search.of(settings);
        runs = new RunTable(search);
    }

    /** The state of an experiment that was just submitted. */
    static ExperimentState submitted(Submitted submitted, Map<String, @Nullable ExperimentFact> changes) {
        var state = new ExperimentState(submitted);
        state.store(submitted, changes);
        return state;
    }

    /**
     * The state that the facts of a store add up to.
     *
     * @param facts of one experiment, in any order
     * @throws IllegalArgumentException if the first of them is not Submitted
     */
    public static ExperimentState load(Collection<ExperimentFact> facts) {
        var inOrder = facts.stream()
                .sorted(Comparator.comparingLong(ExperimentFact::number))
                .toList();
        if (inOrder.isEmpty() || !(inOrder.get(0).event() instanceof Submitted submitted)) {
            throw new IllegalArgumentException("an experiment begins with Submitted, got "
                    + (inOrder.isEmpty() ? "nothing" : inOrder.get(0).slot()));
        }
        var state = new ExperimentState(submitted);
        inOrder.subList(1, inOrder.size()).forEach(fact -> state.replay(fact.event()));
        state.number = inOrder.get(inOrder.size() - 1).number() + 1;
        return state;
    }

    /** The only place where an experiment's state changes. */
    void replay(ExperimentEvent event) {
        if (event instanceof Submitted) {
            throw new IllegalArgumentException("experiment " + submitted.experimentId() + " was submitted already");
        } else if (event instanceof WarmStartAdded warm) {
            warmStarts.put(warm.plan().runId(), Optional.of(warm.plan()));
        } else if (event instanceof WarmStartPlanned warm) {
            warmStarts.put(warm.runId(), Optional.empty());
        } else if (event instanceof Started start) {
            started = true;
            runs.release(start.runs(), start.points());
        } else if (event instanceof ExtensionBegun begun) {
            extension = begun;
            extensionRuns.clear();
        } else if (event instanceof ExtensionRunSeen run) {
            extensionRuns.put(run.runId(), run.pruned());
        } else if (event instanceof Extended extended) {
            replay(extended);
        } else if (event instanceof Paused || event instanceof Resumed || event instanceof Reopened) {
            phaseEvent = event;
        } else if (event instanceof Stopping || event instanceof Ended) {
            phaseEvent = event;
            runs.forgetRetries();
        } else {
            replayOfRun(event);
        }
    }

    private void replayOfRun(ExperimentEvent event) {
        if (event instanceof RunAdded run) {
            runs.add(new RunEntry(run), run.variant());
        } else if (event instanceof RunHandedOut run) {
            runs.handOut(run);
        } else if (event instanceof RunAllowed run) {
            runs.allow(run);
        } else if (event instanceof RunOrdered run) {
            runs.order(run);
        } else if (event instanceof RetryQueued run) {
            runs.queueRetry(run);
        } else if (event instanceof Reported run) {
            runs.report(run);
        } else if (event instanceof RungReached run) {
            runs.reach(run);
        } else if (event instanceof PointJudged point) {
            runs.judge(point);
        } else if (event instanceof PointRevived point) {
            runs.revive(point.point());
        } else if (event instanceof RunsWithheld withheld) {
            runs.withhold(withheld.below());
        } else {
            throw new IllegalStateException("unknown event " + event);
        }
    }

    private void replay(Extended extended) {
        settings = new ExperimentSettings(
                settings.asha(), settings.constraints(), extended.parallelRuns(), extended.maxFailedRuns());
        extension = null;
        extensionRuns.clear();
        lastExtension = extended.commandId();
        runs.release(extended.runs(), extended.points());
    }

    /**
     * Entries of the store that an event changes. To be called before the event is replayed.
     *
     * @param changes is given slot to fact; null where the slot's fact is superseded
     */
    void store(ExperimentEvent event, Map<String, @Nullable ExperimentFact> changes) {
        superseded(event).forEach(slot -> changes.put(slot, null));
        var slot = ExperimentSlots.of(event);
        if (slot != null) {
            changes.put(slot, new ExperimentFact(slot, number++, event));
        }
    }

    private List<String> superseded(ExperimentEvent event) {
        if (event instanceof Extended) {
            return ExperimentSlots.ofExtension(extensionRuns.keySet());
        } else if (event instanceof Stopping || event instanceof Ended) {
            return runs.all(Activity.RETRY_QUEUED)
                    .mapToObj(ExperimentSlots::retry)
                    .toList();
        } else if (event instanceof PointJudged judged && !judged.advanced()) {
            return runs.queuedOf(judged.point()).stream()
                    .map(run -> ExperimentSlots.retry(run.index))
                    .toList();
        } else if (event instanceof Reported told) {
            var run = runs.get(told.index());
            var slots = new ArrayList<String>();
            if (run.toldToGoOn) {
                slots.add(ExperimentSlots.retry(run.index));
                slots.add(ExperimentSlots.resume(run.index));
            }
            if (run.stop != null && told.report().phase().isTerminal()) {
                slots.add(ExperimentSlots.stop(run.index));
            }
            return slots;
        }
        return List.of();
    }

    public String experiment() {
        return submitted.experiment();
    }

    public String experimentId() {
        return submitted.experimentId();
    }

    public Instant submittedAt() {
        return submitted.at();
    }

    ExperimentSettings settings() {
        return settings;
    }

    Search search() {
        return search;
    }

    RunTable runs() {
        return runs;
    }

    /** Number of runs of its spec, warm starts included. */
    int expectedRuns() {
        return submitted.runs();
    }

    /** Number of these that came in. */
    int receivedRuns() {
        return warmStarts.size() + runs.size();
    }

    /** Whether all runs of its spec came in. */
    boolean isStarted() {
        return started;
    }

    /** Whether the run is one of its own; warm starts are not. */
    public boolean knows(String runId) {
        return runs.find(runId) != null;
    }

    boolean knowsWarmStart(String runId) {
        return warmStarts.containsKey(runId);
    }

    /** Plan of a warm start that was not handed out; null if it was, or if it is unknown. */
    @Nullable
    RunPlan waitingWarmStart(String runId) {
        return warmStarts.getOrDefault(runId, Optional.empty()).orElse(null);
    }

    /** Whether runs of this identity are about to extend it. */
    boolean isExtendedBy(String askedId) {
        return extension != null && extension.askedId().equals(askedId);
    }

    /** The extension whose runs come in; null if there is none. */
    @Nullable
    ExtensionBegun extension() {
        return extension;
    }

    boolean hasSeen(String runId) {
        return extensionRuns.containsKey(runId);
    }

    int seenRuns() {
        return extensionRuns.size();
    }

    long seenOfPrunedPoints() {
        return extensionRuns.values().stream().filter(pruned -> pruned).count();
    }

    /** Position of the command that extended it last; null if none did. */
    @Nullable
    String lastExtension() {
        return lastExtension;
    }

    public ExperimentPhase phase() {
        if (phaseEvent instanceof Ended end) {
            return end.outcome();
        } else if (phaseEvent instanceof Stopping) {
            return ExperimentPhase.STOPPING;
        }
        return phaseEvent instanceof Paused ? ExperimentPhase.PAUSED : ExperimentPhase.RUNNING;
    }

    /** Time at which the phase began; of an ended experiment, its end. */
    public Instant since() {
        return phaseEvent == null ? submitted.at() : phaseEvent.at();
    }

    /** The stop in progress; null if there is none. */
    @Nullable
    Stopping stopping() {
        return phaseEvent instanceof Stopping stop ? stop : null;
    }

    /** STOP or KILL, if the experiment is being stopped; null if not. */
    @Nullable
    Verb stopVerb() {
        return phaseEvent instanceof Stopping stop ? stop.verb() : null;
    }

    public ExperimentStatus status() {
        return new ExperimentStatus(
                submitted.experiment(),
                submitted.experimentId(),
                submitted.generation(),
                submitted.labels(),
                settings,
                search.label(),
                submitted.at(),
                phase(),
                reason(),
                since(),
                runs.points().size(),
                runs.prunedPoints(),
                runs.counts(),
                phaseEvent instanceof Ended end ? end.best() : runs.bestSoFar());
    }

    private String reason() {
        if (!started) {
            return String.format(Locale.ROOT, "waits for its runs: %d of %d came in", receivedRuns(), expectedRuns());
        } else if (phaseEvent instanceof Ended end) {
            return end.reason();
        } else if (phaseEvent instanceof Stopping stop) {
            return String.format(Locale.ROOT, "%s; waits for the end of its open runs", stop.reason());
        } else if (phaseEvent instanceof Paused pause) {
            return pause.reason();
        }
        return runs.waitsFor();
    }

    /** All of it, to compare two states. */
    String describe() {
        return String.format(
                Locale.ROOT,
                "%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s",
                submitted,
                settings,
                new TreeMap<>(warmStarts),
                started,
                phaseEvent,
                extension,
                new TreeMap<>(extensionRuns),
                lastExtension,
                runs.describe());
    }
}
