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
import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.RunStatus;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records in an MLflow server: one parent run per experiment, and under it one child run for each run, warm-start runs included.
 * Runs are found again by tags, points carry the times of their events, and a tag holds the last recorded epoch. So a restart
 * skips what is recorded and adds nothing twice. A run that a user deleted in MLflow stays deleted.
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
    /** Present on a run of an earlier version after its metrics were recorded again under the new names. */
    private static final String METRIC_NAMES = "frl.metric_names";

    private static final Logger log = LoggerFactory.getLogger(MlflowRecorder.class);

    private static final String STOP_REASON = "frl.stop_reason";
    /** Value of {@link #STOP_REASON} while a run goes on after an end. */
    private static final String REOPENED = "reopened";
    /** Attempt of the last recorded reopening. */
    private static final String REOPENED_ATTEMPT = "frl.reopened_attempt";

    private static final String PAUSED = "frl.paused";
    private static final String NOT_PAUSED = "no";
    /** How the reason begins with which a search stops a run. */
    private static final String PRUNED = "pruned";

    private static final int MOST_PARAMETERS = 100;

    private final MlflowSettings settings;
    private final MlflowStore store;
    private final MlflowSummary summary;
    private final Map<String, Integer> recordedEpochs = new HashMap<>();
    private final Set<String> renamed = new HashSet<>();
    private final Set<String> reopened = new HashSet<>();
    private final Map<String, String> parents = new HashMap<>();

    public MlflowRecorder(MlflowSettings settings) {
        this.settings = settings;
        this.store = new MlflowStore(settings);
        this.summary = new MlflowSummary(store);
    }

    /** Finds the MLflow experiment of all runs, or creates it. */
    @Override
    public void connect() throws RecorderException {
        store.experimentId();
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
        RunPlan plan = history.plan();
        Found run = child(plan, history.events().get(0).at().toEpochMilli());
        if (run.deleted()) {
            return;
        }
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
        var mark = Map.of(RECORDED_EPOCH, String.valueOf(e.epoch()));
        store.log(run.id(), RunMetrics.of(history, e), e.at().toEpochMilli(), mark);
        recordedEpochs.put(run.id(), e.epoch());
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
        if (!history.evaluated().isEmpty()) {
            store.putArtifact(run, MlflowTables.PATH, MlflowTables.ofRun(history));
            tags.put("mlflow.loggedArtifacts", MlflowTables.loggedArtifacts());
        }
        var status = RunStatus.FINISHED;
        if (event instanceof Failed failed) {
            status = RunStatus.FAILED;
            tags.put(STOP_REASON, "failed");
            tags.put("frl.failure", HumanTime.in(failed.reason()));
        } else if (event instanceof Stopped stopped) {
            status = RunStatus.KILLED;
            tags.put(STOP_REASON, stopped.reason().startsWith(PRUNED) ? PRUNED : "stopped");
            tags.put("frl.stopped", HumanTime.in(stopped.reason()));
        } else {
            tags.put(STOP_REASON, "completed");
        }
        if (wasPaused(history)) {
            tags.put(PAUSED, NOT_PAUSED);
        }
        store.log(run.id(), RunMetrics.of(history, event), at, tags);
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
            summary.write(parent, runs, sweep);
        }
    }

    private Found parent(RunPlan plan, long start) throws RecorderException {
        var identity = Map.of(EXPERIMENT_ID, plan.experimentId(), KIND, "experiment");
        var tags = new LinkedHashMap<>(settings.tags());
        tags.putAll(identity);
        tags.put("mlflow.source.name", "frl");
        tags.put("mlflow.user", System.getProperty("user.name", "frl"));
        plan.labels().forEach((k, v) -> tags.put("frl.label." + k, v));
        Found found = store.findOrCreate(identity, create(plan.experiment(), start, tags));
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
        Found run = store.findOrCreate(identity, create(RunNames.of(plan), start, tags));
        if (!run.deleted() && run.parameters() == 0 && !recordedEpochs.containsKey(run.id())) {
            store.putArtifact(run, "spec/resolved.json", RunJson.pretty(plan.canonicalSpec()));
            store.logParameters(run.id(), parameters(plan));
            recordedEpochs.put(run.id(), -1);
        }
        return run;
    }

    private static Map<String, String> parameters(RunPlan plan) {
        var all = RunJson.flat(plan.canonicalSpec());
        var first = new LinkedHashMap<String, String>();
        for (var p : all.entrySet()) {
            if (first.size() < MOST_PARAMETERS) {
                first.put(p.getKey(), p.getValue());
            }
        }
        return first;
    }

    private CreateRun create(String name, long start, Map<String, String> tags) throws RecorderException {
        return CreateRun.newBuilder()
                .setExperimentId(store.experimentId())
                .setRunName(name)
                .setStartTime(start)
                .addAllTags(MlflowStore.tags(tags))
                .build();
    }

    @Override
    public void close() {
        store.close();
    }
}
