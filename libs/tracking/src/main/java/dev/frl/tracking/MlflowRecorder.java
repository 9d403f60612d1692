package dev.frl.tracking;

import dev.frl.core.HumanTime;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Parked;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunEvent.TurnWanted;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.text.RunNames;
import dev.frl.tracking.MlflowStore.Found;
import dev.frl.tracking.MlflowStore.New;
import dev.frl.tracking.MlflowStore.Status;
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in an MLflow server: one parent run per experiment, and under it one child run for each run, warm-start runs included.
 * Runs are found again by tags, points carry the times of their events, and a tag holds the last recorded epoch. So a restart
 * skips what is recorded and adds nothing twice.
 *
 * <p>A run that a user deleted in MLflow stays deleted, and holds up nothing. If the user restores it, what happened in between is
 * recorded with its next event, or with the next summary of its experiment.
 *
 * <p>A stopped run has the status KILLED, since FINISHED would count it among those that reached their last epoch. The tag
 * {@code frl.stop_reason} is {@code pruned} if its search stopped it, and {@code stopped} if a user did. A run that goes on after its
 * end has the status RUNNING again.
 *
 * <p>An earlier version gave some metrics other names ({@link MetricNames#isEarlier}). A run that it has begun continues under
 * the new names, and its recorded epochs are recorded again under them, so that every metric covers all epochs. MLflow cannot
 * rename or delete metrics, so the earlier ones stay. A warning says so once per run.
 */
public final class MlflowRecorder implements RunRecorder {
    static final String RUN_ID = "frl.run_id";
    static final String EXPERIMENT_ID = "frl.experiment_id";
    static final String KIND = "frl.kind";
    /** Last epoch whose metrics are recorded. Written after them. */
    private static final String RECORDED_EPOCH = "frl.recorded_epoch";
    /** Epochs that were evaluated on a part of the validation images. */
    private static final String PARTIAL_EPOCHS = "frl.partial_epochs";

    /** Present on a run of an earlier version after its metrics were recorded again under the new names. */
    private static final String METRIC_NAMES = "frl.metric_names";

    private static final Logger log = LoggerFactory.getLogger(MlflowRecorder.class);

    private static final String DELETED = "it was deleted in MLflow; restore it there";

    private static final String STOP_REASON = "frl.stop_reason";
    /** Value of {@link #STOP_REASON} while a run goes on after an end. */
    private static final String REOPENED = "reopened";
    /** Attempt of the last recorded reopening. */
    private static final String REOPENED_ATTEMPT = "frl.reopened_attempt";

    private static final String PAUSED = "frl.paused";
    private static final String NOT_PAUSED = "no";
    /** How the reason begins with which a search stops a run. */
    private static final String PRUNED = "pruned";

    /** Present if the spec could not be stored when the run began. */
    private static final String SPEC = "frl.spec";

    private static final String SPEC_MISSING = "not stored yet";
    private static final String SPEC_STORED = "stored";

    private final MlflowSettings settings;
    private final MlflowStore store;
    private final MlflowSummary summary;
    private final Map<String, Integer> recordedEpochs = new HashMap<>();
    private final Set<String> begun = new HashSet<>();
    private final Set<String> withoutSpec = new HashSet<>();
    private final Set<String> renamed = new HashSet<>();
    private final Set<String> reopened = new HashSet<>();
    private final Map<String, String> parents = new HashMap<>();
    /** MLflow's ids of runs that lack nothing that happened before their next event. */
    private final Set<String> whole = new HashSet<>();
    /** Runs that a user deleted in MLflow and those that are restored and not recorded again yet, with the reason. */
    private final Map<String, String> withheld = new LinkedHashMap<>();
    /** Experiments of which a user deleted a run. */
    private final Set<String> warned = new HashSet<>();
    /** Experiments whose runs were compared with what MLflow has of them. */
    private final Set<String> compared = new HashSet<>();

    public MlflowRecorder(MlflowSettings settings) {
        this.settings = settings;
        this.store = new MlflowStore(settings);
        this.summary = new MlflowSummary(store);
    }

    /** Finds the MLflow experiment of all runs, or creates it; asks the server each time. */
    @Override
    public void connect() throws RecorderException {
        store.check();
    }

    /** URL of the page in MLflow's UI that lists all runs. */
    public URI page() throws RecorderException {
        return URI.create(String.format(
                Locale.ROOT,
                "%s/#/experiments/%s/runs?workflowType=machine_learning",
                settings.trackingUri(),
                store.experimentId()));
    }

    /** URL of the page of an experiment's parent run; empty if this object has recorded no run of it. */
    public Optional<URI> page(String frlExperimentId) throws RecorderException {
        String parent = parents.get(frlExperimentId);
        return parent == null
                ? Optional.empty()
                : Optional.of(URI.create(String.format(
                        Locale.ROOT,
                        "%s/#/experiments/%s/runs/%s?workflowType=machine_learning",
                        settings.trackingUri(),
                        store.experimentId(),
                        parent)));
    }

    @Override
    public void record(RunHistory history, RunEvent event) throws RecorderException {
        try {
            RunPlan plan = history.plan();
            Found run = child(plan, history.events().get(0).at().toEpochMilli());
            if (isDeleted(plan, run)) {
                return;
            }
            begin(history, event, run);
            if (!whole.contains(run.id()) && lacksSomething(history, event, run)) {
                recordBefore(history, event, run);
            }
            whole.add(run.id());
            record(history, event, run);
            withheld.remove(plan.runId());
        } catch (RecorderException e) {
            store.forget();
            throw e;
        }
    }

    private boolean isDeleted(RunPlan plan, Found run) {
        if (!run.deleted()) {
            return false;
        }
        whole.remove(run.id());
        if (withheld.put(plan.runId(), DELETED) == null
                && warned.add(plan.experimentId())) { // a user may delete a thousand at once
            log.atWarn()
                    .addKeyValue("run", plan.runId())
                    .log(
                            "deleted in MLflow, and not recorded there any more; if it is restored, all of it is recorded");
        }
        return true;
    }

    /** Whether something before an event is not in MLflow: the run was deleted when it happened. */
    private boolean lacksSomething(RunHistory history, RunEvent event, Found run) {
        for (RunEvent earlier : history.events()) {
            if (earlier.equals(event)) {
                return false;
            }
            if ((earlier instanceof EpochEvaluated e && e.epoch() > recordedEpoch(run))
                    || (earlier instanceof Reopened again && again.attempt() > number(run, REOPENED_ATTEMPT))) {
                return true;
            }
        }
        return false;
    }

    private void recordBefore(RunHistory history, RunEvent event, Found run) throws RecorderException {
        for (RunEvent earlier : history.events()) {
            if (earlier.equals(event)) {
                break;
            }
            record(history, earlier, run);
        }
    }

    /**
     * The first event of a run in MLflow. If events before it are known to be recorded, then somewhere else: MLflow has lost the run, or is
     * another server. They are recorded again.
     */
    private void begin(RunHistory history, RunEvent event, Found run) throws RecorderException {
        if (run.parameters() > 0 || begun.contains(run.id())) {
            return;
        }
        try {
            putSpec(history.plan(), run);
        } catch (RecorderException e) {
            store.log(run.id(), List.of(), Map.of(SPEC, SPEC_MISSING)); // the metrics need not wait for it
            withoutSpec.add(run.id());
            log.atDebug().setCause(e).addKeyValue("run", history.plan().runId()).log("spec not stored yet");
        }
        recordBefore(history, event, run);
        store.logParameters(
                run.id(), RunJson.flat(history.plan().canonicalSpec())); // last: a restart begins again without them
        begun.add(run.id());
    }

    private void putSpec(RunPlan plan, Found run) throws RecorderException {
        store.putArtifact(run, "spec/resolved.json", RunJson.pretty(plan.canonicalSpec()));
    }

    private void record(RunHistory history, RunEvent event, Found run) throws RecorderException {
        if (run.earlierNames() && !run.tags().containsKey(METRIC_NAMES) && !renamed.contains(run.id())) {
            recordUnderNewNames(history, run);
        }
        if (event instanceof Reopened again && again.attempt() > number(run, REOPENED_ATTEMPT)) {
            reopened.add(run.id());
        }
        if (isComplete(run) && !reopened.contains(run.id())) {
            return;
        }
        long at = event.at().toEpochMilli();
        if (event instanceof Trained e) {
            if (e.epoch().epoch() > recordedEpoch(run)) {
                store.logMetrics(run.id(), RunMetrics.of(history, e), at);
            }
        } else if (event instanceof EpochEvaluated e) {
            evaluated(history, run, e);
        } else if (event instanceof TestEvaluated) {
            store.logMetrics(run.id(), RunMetrics.of(history, event), at);
        } else if (event instanceof TrainingRequested e && e.attempt() > 1) {
            store.log(run.id(), List.of(), at, Map.of("frl.attempts", String.valueOf(e.attempt())));
        } else if (event instanceof Parked e) {
            store.log(run.id(), List.of(), at, Map.of(PAUSED, HumanTime.in(e.reason())));
        } else if (event instanceof TurnWanted && wasPaused(history)) {
            store.log(run.id(), List.of(), at, Map.of(PAUSED, NOT_PAUSED));
        } else if (event instanceof Reopened e) {
            reopen(run, e);
        } else if (event.isEnd()) {
            ended(history, run, event);
        }
    }

    private static boolean wasPaused(RunHistory history) {
        return history.events().stream().anyMatch(Parked.class::isInstance);
    }

    /** The status first: if this process dies before the tags are written, the event is recorded again. */
    private void reopen(Found run, Reopened event) throws RecorderException {
        store.setRunning(run.id());
        var tags = new LinkedHashMap<String, String>();
        tags.put(STOP_REASON, REOPENED);
        tags.put("frl.reopen_reason", HumanTime.in(event.reason()));
        tags.put(REOPENED_ATTEMPT, String.valueOf(event.attempt()));
        store.log(run.id(), List.of(), event.at().toEpochMilli(), tags);
    }

    /** Does nothing until the history has every recorded epoch: the log may be read from its beginning. */
    private void recordUnderNewNames(RunHistory history, Found run) throws RecorderException {
        int last = markedEpoch(run);
        boolean whole = isComplete(run)
                ? history.end().isPresent()
                : last < 0 || history.evaluated().containsKey(last);
        if (!whole) {
            return;
        }
        long at = history.events().get(0).at().toEpochMilli();
        for (RunEvent event : history.events()) {
            if (event instanceof EpochEvaluated || event instanceof TestEvaluated) {
                store.logMetrics(
                        run.id(), RunMetrics.of(history, event), event.at().toEpochMilli());
            }
        }
        store.log(run.id(), List.of(), at, Map.of(METRIC_NAMES, "standard"));
        renamed.add(run.id());
        log.atWarn()
                .addKeyValue("run", history.plan().runId())
                .log(
                        "recorded by an earlier version of frl: its metrics clean_err, clean_weight and phi_clean stay in MLflow"
                                + " and end here; all epochs are recorded again as standard_err, standard_weight and phi_standard");
    }

    private void evaluated(RunHistory history, Found run, EpochEvaluated e) throws RecorderException {
        if (e.epoch() <= recordedEpoch(run)) {
            return;
        }
        var mark = new HashMap<>(Map.of(RECORDED_EPOCH, String.valueOf(e.epoch())));
        if (e.isPartial()) {
            mark.put(PARTIAL_EPOCHS, partialEpochs(history, e));
        }
        store.log(run.id(), RunMetrics.of(history, e), e.at().toEpochMilli(), mark);
        recordedEpochs.put(run.id(), e.epoch());
    }

    /** Such as {@code 3,7}. */
    private static String partialEpochs(RunHistory history, EpochEvaluated last) {
        return history.evaluated().values().stream()
                .filter(e -> e.isPartial() && e.epoch() <= last.epoch())
                .map(e -> String.valueOf(e.epoch()))
                .collect(Collectors.joining(","));
    }

    private int recordedEpoch(Found run) {
        return recordedEpochs.computeIfAbsent(run.id(), id -> markedEpoch(run));
    }

    private static int markedEpoch(Found run) {
        return number(run, RECORDED_EPOCH);
    }

    /** Number in a tag; −1 without it. */
    private static int number(Found run, String tag) {
        String mark = run.tags().getOrDefault(tag, "");
        return mark.matches("\\d{1,9}") ? Integer.parseInt(mark) : -1;
    }

    /** Whether an earlier process has recorded the run to its end. */
    private static boolean isComplete(Found run) {
        return run.ended() && !run.tags().getOrDefault(STOP_REASON, REOPENED).equals(REOPENED);
    }

    private void ended(RunHistory history, Found run, RunEvent event) throws RecorderException {
        long at = event.at().toEpochMilli();
        var tags = new LinkedHashMap<String, String>();
        tags.put("mlflow.note.content", MlflowNotes.ofRun(history));
        store.logMetrics(run.id(), RunMetrics.of(history, event), at); // first: these must not wait for artifacts
        if (withoutSpec.contains(run.id()) || SPEC_MISSING.equals(run.tags().get(SPEC))) {
            putSpec(history.plan(), run);
            tags.put(SPEC, SPEC_STORED);
        }
        if (!history.evaluated().isEmpty()) {
            store.putArtifact(run, MlflowTables.PATH, MlflowTables.ofRun(history));
            tags.put("mlflow.loggedArtifacts", MlflowTables.loggedArtifacts());
        }
        var status = Status.FINISHED;
        if (event instanceof Failed failed) {
            status = Status.FAILED;
            tags.put(STOP_REASON, "failed");
            tags.put("frl.failure", HumanTime.in(failed.reason()));
        } else if (event instanceof Stopped stopped) {
            status = Status.KILLED;
            tags.put(STOP_REASON, stopped.reason().startsWith(PRUNED) ? PRUNED : "stopped");
            tags.put("frl.stopped", HumanTime.in(stopped.reason()));
        } else {
            tags.put(STOP_REASON, "completed");
        }
        if (wasPaused(history)) {
            tags.put(PAUSED, NOT_PAUSED);
        }
        store.log(run.id(), List.of(), at, tags);
        store.setTerminated(run.id(), status, at);
    }

    @Override
    public void summarise(List<RunHistory> runs, @Nullable SweepHistory sweep) throws RecorderException {
        if (runs.isEmpty()) {
            return;
        }
        RunHistory first = runs.get(0);
        Found parent = parent(first.plan(), first.events().get(0).at().toEpochMilli());
        if (!parent.deleted()) {
            try {
                recordRestored(first.plan().experimentId(), runs);
                summary.write(parent, runs, sweep);
            } catch (RecorderException e) {
                store.forget();
                throw e;
            }
        }
    }

    /** A run that was deleted when it ended has no later event that would find it restored. */
    private void recordRestored(String experimentId, List<RunHistory> runs) throws RecorderException {
        var open = compared.add(experimentId) // a process before this one may have found it deleted
                ? store.unended(Map.of(EXPERIMENT_ID, experimentId), RUN_ID)
                : Set.<String>of();
        for (RunHistory history : runs) {
            var end = history.end();
            if (end.isEmpty()
                    || !(withheld.containsKey(history.plan().runId())
                            || open.contains(history.plan().runId()))) {
                continue;
            }
            try {
                record(history, end.get());
            } catch (RecorderException e) { // a reason of its own, which holds up no summary
                withheld.computeIfPresent(history.plan().runId(), (id, before) -> e.getMessage());
                log.atDebug()
                        .setCause(e)
                        .addKeyValue("run", history.plan().runId())
                        .log("not recorded yet");
            }
        }
    }

    @Override
    public Map<String, String> withheld() {
        return Map.copyOf(withheld);
    }

    private Found parent(RunPlan plan, long start) throws RecorderException {
        var identity = Map.of(EXPERIMENT_ID, plan.experimentId(), KIND, "experiment");
        var tags = new LinkedHashMap<>(settings.tags());
        tags.putAll(identity);
        tags.put("mlflow.source.name", "frl");
        tags.put("mlflow.user", System.getProperty("user.name", "frl"));
        plan.labels().forEach((k, v) -> tags.put("frl.label." + k, v));
        Found found = store.findOrCreate(identity, new New(plan.experiment(), start, tags));
        parents.put(plan.experimentId(), found.id());
        return found;
    }

    private Found child(RunPlan plan, long start) throws RecorderException {
        var identity = Map.of(RUN_ID, plan.runId());
        var tags = new LinkedHashMap<>(settings.tags());
        tags.putAll(identity);
        tags.put(EXPERIMENT_ID, plan.experimentId());
        tags.put(KIND, plan.warmStart() ? "warm-start" : "run");
        tags.put("frl.spec_sha256", plan.specSha256());
        tags.put("frl.policy", plan.settings().fairness().policy().label());
        tags.put("frl.seed", String.valueOf(plan.settings().training().seed()));
        tags.put("mlflow.source.name", "frl");
        tags.put("mlflow.user", System.getProperty("user.name", "frl"));
        plan.labels().forEach((k, v) -> tags.put("frl.label." + k, v));
        tags.put("mlflow.parentRunId", parent(plan, start).id());
        return store.findOrCreate(identity, new New(RunNames.of(plan), start, tags));
    }

    @Override
    public void close() {
        store.close();
    }
}
