package dev.frl.tracking;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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

/** Runs in MLflow: found again by a tag of ours or made, and written to in pieces that MLflow accepts. */
final class MlflowStore implements AutoCloseable {
    /** MLflow takes 1000 metrics, 100 parameters and 100 tags at once, 1000 of all together, and 1 MB. */
    private static final int METRICS_AT_ONCE = 800;

    private static final int PARAMETERS_AT_ONCE = 80;
    private static final int CHARACTERS_AT_ONCE = 300_000;

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
     * A run in MLflow, as it was when this program first met it.
     *
     * @param id of MLflow
     * @param artifactUri where its files go
     * @param deleted by a person in the UI: it is left alone
     * @param ended whether it had a terminal status
     * @param parameters how many it had
     * @param tags it had
     */
    record Found(
            String id, String artifactUri, boolean deleted, boolean ended, int parameters, Map<String, String> tags) {}

    /**
     * The run that carries all of these tags. If several do, because two recorders made it at once, all recorders take the
     * same one.
     *
     * @param create what to make if there is none; its tags include these
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
                    "a run was created in MLflow at %s but is not found again by its tags %s. It is tried again."
                            .formatted(settings.trackingUri(), identity),
                    true));
            known = details(info);
            cache.put(key, known);
        }
        return known;
    }

    private Optional<RunInfo> find(Map<String, String> identity) throws RecorderException {
        var conditions = new ArrayList<String>();
        identity.forEach((tag, value) -> conditions.add("tags.`%s` = %s".formatted(tag, quoted(value))));
        String filter = String.join(" and ", conditions);
        String experiment = experimentId();
        var page = calls.call(
                "look for a run",
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
                tags);
    }

    /** Of the MLflow experiment that holds all runs. */
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
                        "MLflow experiment %s was deleted. Restore it, or set MLFLOW_EXPERIMENT_NAME to another."
                                .formatted(name),
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
            // Another recorder may have been faster.
            return experimentNamed(name).orElseThrow(() -> e).getExperimentId();
        }
    }

    /** A search, since the client tries a look-up by name three times and warns of a rate limit if there is none. */
    private Optional<Service.Experiment> experimentNamed(String name) throws RecorderException {
        String filter = "name = %s".formatted(quoted(name));
        return calls
                .call(
                        "look for experiment " + name,
                        c -> c.searchExperiments(filter, ViewType.ALL, 10, List.of())
                                .getItems())
                .stream()
                .filter(e -> e.getName().equals(name))
                .findFirst();
    }

    /** MLflow's filters know no escapes, only two kinds of quotes. */
    private static String quoted(String text) {
        return text.contains("'") ? '"' + text.replace("\"", "") + '"' : "'" + text + "'";
    }

    /** @param milliseconds of all points: the event's own time, so that a repeat adds nothing */
    void logMetrics(String runId, List<MetricPoint> points, long milliseconds) throws RecorderException {
        log(runId, points, milliseconds, Map.of());
    }

    /** The tags are written last, so they may say that the points are in. */
    void log(String runId, List<MetricPoint> points, long milliseconds, Map<String, String> tags)
            throws RecorderException {
        List<RunTag> runTags = tags(tags);
        int from = 0;
        do {
            int to = Math.min(points.size(), from + METRICS_AT_ONCE);
            var metrics = new ArrayList<Metric>();
            for (MetricPoint p : points.subList(from, to)) {
                metrics.add(Metric.newBuilder()
                        .setKey(MlflowText.key(p.name()))
                        .setValue(p.value())
                        .setTimestamp(milliseconds)
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

    /** Once a run; a second time only with the same values. */
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

    void putArtifact(Found run, String path, String content) throws RecorderException {
        artifacts.put(run.artifactUri(), path, content);
    }

    @Override
    public void close() {
        calls.close();
    }
}
