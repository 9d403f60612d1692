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
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Feeds a recorder with the events of the run log and of the experiment log. Keeps the history of every run and experiment until it
 * is told to forget those that have ended, leaves repeats out, and remembers which experiments need a new summary. If the recorder refuses an event, this is logged
 * once per run and reason and the event is skipped; a retryable failure is thrown, and the caller must pass the same event again.
 * Not thread-safe.
 */
public final class TrackedEvents {
    private static final Logger log = LoggerFactory.getLogger(TrackedEvents.class);
    private final RunRecorder recorder;
    private final Map<String, RunHistory> histories = new LinkedHashMap<>();
    private final Map<String, Set<RunEvent>> seen = new LinkedHashMap<>();
    private final Map<String, SweepHistory> sweeps = new LinkedHashMap<>();
    private final Set<String> news = new LinkedHashSet<>();
    private final Set<String> refusals = new HashSet<>();
    private Instant newest = Instant.MIN;
    private long eventsWithoutPlan;

    public TrackedEvents(RunRecorder recorder) {
        this.recorder = recorder;
    }

    /** @throws RecorderException only if retryable; then nothing has changed, and the event must be passed again */
    public void accept(RunEvent event) throws RecorderException {
        RunHistory history = histories.get(event.runId());
        if (history == null && event instanceof Planned planned) {
            history = new RunHistory(planned);
            histories.put(event.runId(), history);
        }
        if (history == null) {
            if (!(event instanceof Dropped)) { // may come after the end of a run, which is forgotten then
                eventsWithoutPlan++;
            }
            return;
        }
        newest = event.at().isAfter(newest) ? event.at() : newest;
        Set<RunEvent> known = seen.computeIfAbsent(event.runId(), k -> new HashSet<>());
        if (known.contains(event)) {
            return;
        }
        // After a failed attempt the event is already in the history.
        if (!endsWith(history, event)) {
            history.add(event);
        }
        try {
            recorder.record(history, event);
        } catch (RecorderException e) {
            if (e.retryable()) {
                throw e;
            }
            refused(event.runId(), e.getMessage());
        }
        known.add(event);
        if (event instanceof EpochEvaluated
                || event instanceof TestEvaluated
                || event instanceof RunEvent.Reopened
                || event.isEnd()) {
            news.add(history.plan().experimentId());
        }
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

    /** Adds an event to the history of its experiment, whose summaries an earlier process has written. */
    public void remember(ExperimentEvent event) {
        remembers(event);
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
    }

    private static boolean endsWith(RunHistory history, RunEvent event) {
        List<RunEvent> events = history.events();
        return events.get(events.size() - 1).equals(event);
    }

    /**
     * Summarises the experiments with new results. Call it at the end of the log; each summary computes a report, so call it at
     * most every few seconds.
     *
     * @throws RecorderException only if retryable; call again later
     */
    public void summariseNews() throws RecorderException {
        for (String experimentId : List.copyOf(news)) {
            try {
                recorder.summarise(runsOf(experimentId), sweeps.get(experimentId));
            } catch (RecorderException e) {
                if (e.retryable()) {
                    throw e;
                }
                refused(experimentId, e.getMessage());
            }
            news.remove(experimentId);
        }
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

    private void refused(String who, String why) {
        if (refusals.add(who + '\n' + why)) {
            log.atWarn().addKeyValue("run", who).addKeyValue("reason", why).log("event not recorded");
        }
    }
}
