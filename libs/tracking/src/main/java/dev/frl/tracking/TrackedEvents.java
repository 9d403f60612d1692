package dev.frl.tracking;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentEvent.RunHandedOut;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Dropped;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.SweepHistory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds a recorder with the events of the run log and of the experiment log. Keeps the history of every run and experiment until it
 * is told to forget those that have ended, leaves repeats out, and remembers which experiments need a new summary.
 *
 * <p>If the recorder fails with an event, its run falls behind: its events wait in order and are tried again after growing pauses, while
 * others are recorded. So nothing is skipped, and one refused run does not stop the others. Not thread-safe.
 */
public final class TrackedEvents {
    private static final Logger log = LoggerFactory.getLogger(TrackedEvents.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final RunRecorder recorder;
    private final LongSupplier nanoTime;
    private final Map<String, RunHistory> histories = new LinkedHashMap<>();
    private final Map<String, Set<RunEvent>> seen = new LinkedHashMap<>();
    private final Map<String, SweepHistory> sweeps = new LinkedHashMap<>();
    private final Map<String, Behind> behind = new LinkedHashMap<>();
    private final Set<String> news = new LinkedHashSet<>();
    private final Set<String> remembered = new LinkedHashSet<>();
    private final Map<String, Retry> lateSummaries = new LinkedHashMap<>();
    private final Set<String> defects = new HashSet<>();
    private Instant newest = Instant.MIN;
    private long eventsWithoutPlan;

    public TrackedEvents(RunRecorder recorder) {
        this(recorder, System::nanoTime);
    }

    /** @param nanoTime elapsed time, as of {@link System#nanoTime} */
    public TrackedEvents(RunRecorder recorder, LongSupplier nanoTime) {
        this.recorder = recorder;
        this.nanoTime = nanoTime;
    }

    /** When something is tried again, and why it failed last. */
    private final class Retry {
        private int failures;
        private long due;
        private String reason = "";

        void failed(RecorderException e) {
            var pause = FIRST_PAUSE.multipliedBy(1L << Math.min(failures++, 10));
            due = nanoTime.getAsLong() + Math.min(pause.toNanos(), LONGEST_PAUSE.toNanos());
            reason = e.getMessage();
        }

        boolean isDue() {
            return nanoTime.getAsLong() - due >= 0;
        }

        void now() {
            due = nanoTime.getAsLong();
        }
    }

    /** The events of a run that wait, the one that failed first. */
    private final class Behind {
        final Deque<RunEvent> events = new ArrayDeque<>();
        final Retry retry = new Retry();
    }

    /**
     * Records an event, or lets it wait behind an earlier one of its run that failed.
     *
     * @return why the recorder failed with it; empty if it did not, or was not asked
     */
    public Optional<RecorderException> accept(RunEvent event) {
        RunHistory history = histories.get(event.runId());
        if (history == null && event instanceof Planned planned) {
            history = new RunHistory(planned);
            histories.put(event.runId(), history);
        }
        if (history == null) {
            if (!(event instanceof Dropped)) { // may come after the end of a run, which is forgotten then
                eventsWithoutPlan++;
            }
            return Optional.empty();
        }
        newest = event.at().isAfter(newest) ? event.at() : newest;
        if (!seen.computeIfAbsent(event.runId(), k -> new HashSet<>()).add(event)) {
            return Optional.empty();
        }
        if (!(event instanceof Planned)) { // the history begins with it
            history.add(event);
        }
        if (isNews(event)) {
            news.add(history.plan().experimentId());
        }
        Behind waiting = behind.get(event.runId());
        if (waiting != null) {
            waiting.events.add(event);
            return Optional.empty();
        }
        try {
            record(history, event);
            return Optional.empty();
        } catch (RecorderException e) {
            var now = new Behind();
            now.events.add(event);
            now.retry.failed(e);
            behind.put(event.runId(), now);
            return Optional.of(e);
        }
    }

    /** A defect with the events of one run must not stop the others, now and after each restart. */
    private void record(RunHistory history, RunEvent event) throws RecorderException {
        try {
            recorder.record(history, event);
        } catch (RuntimeException e) {
            throw defect(event.runId(), e);
        }
    }

    private void summarise(String experimentId) throws RecorderException {
        try {
            recorder.summarise(runsOf(experimentId), sweeps.get(experimentId));
        } catch (RuntimeException e) {
            throw defect(experimentId, e);
        }
    }

    private RecorderException defect(String id, RuntimeException e) {
        if (defects.add(id + " " + e)) {
            log.atError().setCause(e).addKeyValue("id", id).log("a defect of the recorder");
        }
        return new RecorderException("a defect of the recorder, whose log has the details: " + e, e);
    }

    private static boolean isNews(RunEvent event) {
        return event instanceof EpochEvaluated
                || event instanceof TestEvaluated
                || event instanceof RunEvent.Reopened
                || event.isEnd();
    }

    /**
     * Tries again what is due, up to the first failure.
     *
     * @param recorded hears of each event that is recorded now
     * @return why the recorder failed; empty if it did not
     */
    public Optional<RecorderException> recordBehind(Consumer<RunEvent> recorded) {
        for (String runId : List.copyOf(behind.keySet())) {
            var run = behind.get(runId);
            var history = histories.get(runId);
            if (run == null || history == null || !run.retry.isDue()) {
                continue;
            }
            try {
                for (RunEvent next = run.events.peek(); next != null; next = run.events.peek()) {
                    record(history, next);
                    run.events.remove();
                    recorded.accept(next);
                }
                behind.remove(runId);
            } catch (RecorderException e) {
                run.retry.failed(e);
                return Optional.of(e);
            }
        }
        return Optional.empty();
    }

    /** Everything that waits is due now: what the recorder failed for is mended. */
    public void retryNow() {
        behind.values().forEach(run -> run.retry.now());
        lateSummaries.values().forEach(Retry::now);
    }

    /** Runs and experiments of which something is not recorded yet since the recorder failed, each with the reason. */
    public Map<String, String> behind() {
        var reasons = new LinkedHashMap<String, String>();
        behind.forEach((runId, run) -> reasons.put(runId, run.retry.reason));
        lateSummaries.forEach((experimentId, retry) -> reasons.put(experimentId, retry.reason));
        return reasons;
    }

    /** Number of events that wait. */
    public int waiting() {
        return behind.values().stream().mapToInt(run -> run.events.size()).sum();
    }

    /** Whether events of this run wait. */
    public boolean isBehind(String runId) {
        return behind.containsKey(runId);
    }

    /** Notes an event of the experiment log. The next summary of the experiment records what follows from it. */
    public void accept(ExperimentEvent event) {
        if (remembers(event)
                && (event instanceof RunHandedOut
                        || event instanceof PointJudged
                        || event instanceof Ended
                        || event instanceof ExperimentEvent.Reopened)) {
            news.add(event.experimentId());
        }
    }

    /** Adds an event to the history of its experiment that an earlier process has read. */
    public void remember(ExperimentEvent event) {
        if (remembers(event)) {
            remembered.add(event.experimentId());
        }
    }

    private boolean remembers(ExperimentEvent event) {
        newest = event.at().isAfter(newest) ? event.at() : newest;
        if (event instanceof Submitted submitted) {
            sweeps.computeIfAbsent(event.experimentId(), id -> new SweepHistory(submitted));
        }
        SweepHistory sweep = sweeps.get(event.experimentId());
        if (sweep == null) {
            eventsWithoutPlan++;
            return false;
        }
        sweep.add(event);
        return true;
    }

    /** Whether events of this run can be recorded: its plan is known. */
    public boolean isKnownRun(String runId) {
        return histories.containsKey(runId);
    }

    /** Whether events of this experiment can be recorded: its beginning is known. */
    public boolean isKnownExperiment(String experimentId) {
        return sweeps.containsKey(experimentId);
    }

    /** Adds an event to its history that an earlier process has recorded. Those of runs whose plan is unknown are not needed. */
    public void remember(RunEvent event) {
        newest = event.at().isAfter(newest) ? event.at() : newest;
        RunHistory history = histories.get(event.runId());
        if (history == null && event instanceof Planned planned) {
            histories.put(event.runId(), new RunHistory(planned));
        } else if (history != null
                && seen.computeIfAbsent(event.runId(), k -> new HashSet<>()).add(event)) {
            history.add(event);
        }
        if (history != null && isNews(event)) {
            remembered.add(history.plan().experimentId());
        }
    }

    /**
     * Summarises also what an earlier process recorded: it may have ended before its last summary. Call it at the end of the log.
     */
    public void summariseRemembered() {
        news.addAll(remembered);
        remembered.clear();
    }

    /**
     * Summarises the experiments with new results that are due, up to the first failure. Call it at the end of the log; each summary
     * computes a report, so call it at most every few seconds.
     *
     * @return why the recorder failed; empty if it did not
     */
    public Optional<RecorderException> summariseNews() {
        for (String experimentId : List.copyOf(news)) {
            var late = lateSummaries.get(experimentId);
            if (late != null && !late.isDue()) {
                continue;
            }
            try {
                summarise(experimentId);
                news.remove(experimentId);
                lateSummaries.remove(experimentId);
            } catch (RecorderException e) {
                lateSummaries.computeIfAbsent(experimentId, id -> new Retry()).failed(e);
                return Optional.of(e);
            }
        }
        return Optional.empty();
    }

    /** Whether a summary that failed is to be tried again now. */
    public boolean isSummaryDue() {
        return lateSummaries.values().stream().anyMatch(Retry::isDue);
    }

    /** Whether everything is recorded, and in a summary. */
    public boolean isComplete() {
        return behind.isEmpty() && news.isEmpty() && remembered.isEmpty();
    }

    /** Whether an experiment has results that are in no summary yet. */
    public boolean hasNews() {
        return !news.isEmpty();
    }

    /**
     * Forgets the experiments that have ended with all their known runs, if all of that is in a summary. Call it only at the end of the log:
     * before that, other runs of an experiment may still be unread, and its next summary would be half of it.
     *
     * @param grace time between the end of an experiment's last run and the newest event of the log
     * @return ids of the runs and of the experiments that were forgotten
     */
    public Set<String> forgetEnded(Duration grace) {
        var open = new HashSet<>(news);
        open.addAll(remembered);
        behind.keySet().forEach(runId -> {
            var history = histories.get(runId);
            if (history != null) {
                open.add(history.plan().experimentId());
            }
        });
        for (RunHistory history : histories.values()) {
            boolean over = history.end()
                    .filter(end -> !end.at().plus(grace).isAfter(newest))
                    .isPresent();
            if (!over) {
                open.add(history.plan().experimentId());
            }
        }
        for (SweepHistory sweep : sweeps.values()) {
            boolean over = sweep.end()
                    .filter(end -> !end.at().plus(grace).isAfter(newest))
                    .isPresent();
            if (!over) {
                open.add(sweep.experimentId());
            }
        }
        var forgotten = new HashSet<String>();
        histories.values().removeIf(history -> {
            boolean ended = !open.contains(history.plan().experimentId());
            if (ended) {
                forgotten.add(history.plan().runId());
            }
            return ended;
        });
        seen.keySet().removeAll(forgotten);
        sweeps.keySet().removeIf(experimentId -> {
            boolean ended = !open.contains(experimentId);
            if (ended) {
                forgotten.add(experimentId);
            }
            return ended;
        });
        return forgotten;
    }

    /** Number of events that were skipped, since the beginning of their run or experiment is not in the log any more. */
    public long eventsWithoutPlan() {
        return eventsWithoutPlan;
    }

    /** Histories of all runs that are not forgotten. */
    public Collection<RunHistory> histories() {
        return Collections.unmodifiableCollection(histories.values());
    }

    private List<RunHistory> runsOf(String experimentId) {
        var runs = new ArrayList<RunHistory>();
        for (RunHistory history : histories.values()) {
            if (history.plan().experimentId().equals(experimentId)) {
                runs.add(history);
            }
        }
        return runs;
    }
}
