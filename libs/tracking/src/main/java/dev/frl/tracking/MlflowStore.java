package dev.frl.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.mlflow.api.proto.Service;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.RunInfo;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;

/** Finds runs in MLflow by their tags or creates them, and writes to them in batches that MLflow accepts. */
final class MlflowStore implements AutoCloseable {
    /** MLflow's limits per request: 1000 metrics, 100 parameters, 100 tags, 1000 of all together, and 1 MB. */
    private static final int METRICS_AT_ONCE = 800;

    private static final int PARAMETERS_AT_ONCE = 80;
    private static final int CHARACTERS_AT_ONCE = 300_000;

    private static final ObjectMapper json = new ObjectMapper();

    private final MlflowSettings settings;
    private final MlflowCalls calls;
    private final MlflowArtifacts artifacts;
    private final Map<String, Found> cache = new LinkedHashMap<>();
    private @Nullable String experimentId;

    MlflowStore(MlflowSettings settings) {
        this.settings = settings;
        this.calls = new MlflowCalls(settings);
        this.artifacts = new MlflowArtifacts(settings);
    }

    /**
     * A run in MLflow, as it was when this program found it.
     *
     * @param id MLflow's id of the run
     * @param artifactUri URI of its artifacts
     * @param deleted whether a user deleted it in the UI; then nothing is written to it
     * @param ended whether it had a terminal status
     * @param parameters number of its parameters
     * @param tags its tags
     * @param earlierNames whether it had a metric with a name of an earlier version, see {@link MetricNames#isEarlier}
     */
    record Found(
            String id,
            String artifactUri,
            boolean deleted,
            boolean ended,
            int parameters,
            Map<String, String> tags,
            boolean earlierNames) {}

    /**
     * The run that has all of these tags. If two recorders created it at the same time, all recorders use the same one of the two.
     *
     * @param create request for the run if there is none; its tags include these
     */
    Found findOrCreate(Map<String, String> identity, CreateRun create) throws RecorderException {
        String key = identity.toString();
        Found known = cache.get(key);
        if (known == null) {
            Optional<RunInfo> existing = find(identity);
            if (existing.isEmpty()) {
                calls.run("create a run", c -> c.createRun(create));
                existing = find(identity);
            }
            RunInfo info = existing.orElseThrow(() -> new RecorderException(
                    String.format(
                            Locale.ROOT,
                            "a run was created in MLflow at %s but a search for its tags %s does not find it. The search is retried.",
                            settings.trackingUri(),
                            identity),
                    true));
            known = details(info);
            cache.put(key, known);
        }
        return known;
    }

    private Optional<RunInfo> find(Map<String, String> identity) throws RecorderException {
        var conditions = new ArrayList<String>();
        identity.forEach(
                (tag, value) -> conditions.add(String.format(Locale.ROOT, "tags.`%s` = %s", tag, quoted(value))));
        String filter = String.join(" and ", conditions);
        String experiment = experimentId();
        var page = calls.call(
                "search for a run",
                c -> c.searchRuns(
                        List.of(experiment), filter, ViewType.ALL, 10, List.of("start_time ASC", "run_id ASC")));
        RunInfo deleted = null;
        for (var run : page.getItems()) {
            if (run.getInfo().getLifecycleStage().equals("active")) {
                return Optional.of(run.getInfo());
            }
            deleted = deleted == null ? run.getInfo() : deleted;
        }
        return Optional.ofNullable(deleted);
    }

    private Found details(RunInfo info) throws RecorderException {
        Service.Run run = calls.call("read a run", c -> c.getRun(info.getRunId()));
        var tags = new LinkedHashMap<String, String>();
        run.getData().getTagsList().forEach(t -> tags.put(t.getKey(), t.getValue()));
        return new Found(
                info.getRunId(),
                info.getArtifactUri(),
                !info.getLifecycleStage().equals("active"),
                info.getStatus() != RunStatus.RUNNING && info.getStatus() != RunStatus.SCHEDULED,
                run.getData().getParamsCount(),
                tags,
                run.getData().getMetricsList().stream().anyMatch(m -> MetricNames.isEarlier(m.getKey())));
    }

    /** Id of the MLflow experiment of all runs. */
    String experimentId() throws RecorderException {
        String id = experimentId;
        if (id == null) {
            id = findExperiment();
            experimentId = id;
        }
        return id;
    }

    private String findExperiment() throws RecorderException {
        String name = settings.experiment();
        var existing = experimentNamed(name);
        if (existing.isPresent()) {
            if (!existing.get().getLifecycleStage().equals("active")) {
                throw new RecorderException(
                        String.format(
                                Locale.ROOT,
                                "MLflow experiment %s was deleted. Restore it, or set MLFLOW_EXPERIMENT_NAME to another name.",
                                name),
                        false);
            }
            return existing.get().getExperimentId();
        }
        try {
            String id = calls.call("create experiment " + name, c -> c.createExperiment(name));
            calls.run("describe experiment " + name, c -> {
                c.setExperimentTag(id, "mlflow.experiment.primaryMetric.name", "test/worst_class/robust_acc");
                c.setExperimentTag(id, "mlflow.experiment.primaryMetric.greaterIsBetter", "True");
                c.setExperimentTag(id, "mlflow.experimentKind", "custom_model_development");
            });
            return id;
        } catch (RecorderException e) {
            // Another recorder may have created it at the same time.
            return experimentNamed(name).orElseThrow(() -> e).getExperimentId();
        }
    }

    /** Uses a search: for a missing name, the client's getExperimentByName makes three requests and warns of a rate limit. */
    private Optional<Service.Experiment> experimentNamed(String name) throws RecorderException {
        String filter = String.format(Locale.ROOT, "name = %s", quoted(name));
        return calls
                .call(
                        "search for experiment " + name,
                        c -> c.searchExperiments(filter, ViewType.ALL, 10, List.of())
                                .getItems())
                .stream()
                .filter(e -> e.getName().equals(name))
                .findFirst();
    }

    /** MLflow's filters have no escapes, only two kinds of quotes. */
    private static String quoted(String text) {
        return text.contains("'") ? '"' + text.replace("\"", "") + '"' : "'" + text + "'";
    }

    /** @param milliseconds time of all points: the event's own time, so that a repeat adds nothing */
    void logMetrics(String runId, List<MetricPoint> points, long milliseconds) throws RecorderException {
        log(runId, points, milliseconds, Map.of());
    }

    /** Logs points and tags. The tags are written last, so a tag can mark that the points are recorded. */
    void log(String runId, List<MetricPoint> points, long milliseconds, Map<String, String> tags)
            throws RecorderException {
        log(runId, points.stream().map(p -> new StampedPoint(p, milliseconds)).toList(), tags);
    }

    /** Does the same with a time for each point. */
    void log(String runId, List<StampedPoint> points, Map<String, String> tags) throws RecorderException {
        List<RunTag> runTags = tags(tags);
        int from = 0;
        do {
            int to = Math.min(points.size(), from + METRICS_AT_ONCE);
            var metrics = new ArrayList<Metric>();
            for (StampedPoint stamped : points.subList(from, to)) {
                MetricPoint p = stamped.point();
                metrics.add(Metric.newBuilder()
                        .setKey(MlflowText.key(p.name()))
                        .setValue(p.value())
                        .setTimestamp(stamped.at())
                        .setStep(p.step())
                        .build());
            }
            List<RunTag> now = to == points.size() ? runTags : List.of();
            if (!metrics.isEmpty() || !now.isEmpty()) {
                calls.run("record metrics", c -> c.logBatch(runId, metrics, List.of(), now));
            }
            from = to;
        } while (from < points.size());
    }

    /** Logs the parameters of a run. MLflow accepts a parameter again only with the same value. */
    void logParameters(String runId, Map<String, String> parameters) throws RecorderException {
        var batch = new ArrayList<Param>();
        int characters = 0;
        for (var p : parameters.entrySet()) {
            String value = MlflowText.shorten(p.getValue(), MlflowText.LONGEST_PARAMETER);
            if (batch.size() == PARAMETERS_AT_ONCE || characters + value.length() > CHARACTERS_AT_ONCE) {
                send(runId, batch);
                characters = 0;
            }
            batch.add(Param.newBuilder()
                    .setKey(MlflowText.key(p.getKey()))
                    .setValue(value)
                    .build());
            characters += value.length();
        }
        if (!batch.isEmpty()) {
            send(runId, batch);
        }
    }

    private void send(String runId, List<Param> batch) throws RecorderException {
        var params = List.copyOf(batch);
        batch.clear();
        calls.run("record parameters", c -> c.logBatch(runId, List.of(), params, List.of()));
    }

    static List<RunTag> tags(Map<String, String> tags) {
        var all = new ArrayList<RunTag>();
        tags.forEach((key, value) -> all.add(RunTag.newBuilder()
                .setKey(MlflowText.key(key))
                .setValue(MlflowText.shorten(value, MlflowText.LONGEST_TAG))
                .build()));
        return all;
    }

    void setTerminated(String runId, RunStatus status, long milliseconds) throws RecorderException {
        calls.run("end a run", c -> c.setTerminated(runId, status, milliseconds));
    }

    /** The run goes on. The client has no method for that. */
    void setRunning(String runId) throws RecorderException {
        String body = json.createObjectNode()
                .put("run_id", runId)
                .put("status", RunStatus.RUNNING.name())
                .toString();
        calls.run("reopen a run", c -> c.sendPost("runs/update", body));
    }

    void putArtifact(Found run, String path, String content) throws RecorderException {
        artifacts.put(run.artifactUri(), path, content);
    }

    @Override
    public void close() {
        calls.close();
    }
}
