package dev.frl.tracking;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Finds runs in MLflow by their tags or creates them, and writes to them in batches that MLflow accepts. */
final class MlflowStore implements AutoCloseable {
    /** MLflow's limits per request: 1000 metrics, 100 parameters, 100 tags, 1000 of all together, and 1 MB. */
    private static final int METRICS_AT_ONCE = 800;

    private static final int PARAMETERS_AT_ONCE = 80;
    /** A run of 1000 classes is 1 MB of a response, see {@link MlflowCalls#LONGEST}. */
    private static final int RUNS_AT_ONCE = 5;

    private static final int CHARACTERS_AT_ONCE = 300_000;
    /** Longest values that earlier releases of MLflow accept, tags and parameters. */
    private static final int[] EARLIER_LIMITS = {5000, 500, 250};

    /** The names behind keys that MLflow would have refused: a JSON object of key to name. */
    static final String NAMES = "frl.names";

    private static final ObjectMapper json = new ObjectMapper();

    private final MlflowSettings settings;
    private final MlflowCalls calls;
    private final MlflowArtifacts artifacts;
    private final Map<String, Found> cache = new LinkedHashMap<>();
    private @Nullable String experimentId;

    MlflowStore(MlflowSettings settings) {
        this.settings = settings;
        this.calls = new MlflowCalls(settings);
        this.artifacts = new MlflowArtifacts(settings, calls);
    }

    /** Statuses of runs in MLflow. */
    enum Status {
        RUNNING,
        FINISHED,
        FAILED,
        KILLED
    }

    /**
     * A run in MLflow, as it was when this program found it.
     *
     * @param id MLflow's id of the run
     * @param artifactUri URI of its artifacts
     * @param deleted whether a user deleted it in the UI; then nothing can be written to it
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
     * A run to be created.
     *
     * @param start milliseconds since the epoch of Unix
     */
    record New(String name, long start, Map<String, String> tags) {}

    /** Asks the server, whatever is known of it: whether it can be reached, and whether the experiment is there. */
    void check() throws RecorderException {
        String id = findExperiment();
        if (!id.equals(experimentId)) {
            cache.clear();
            experimentId = id;
        }
    }

    /** Forgets what is known of all runs, after a failure: a user may have deleted or restored one. */
    void forget() {
        cache.clear();
    }

    /**
     * The run that has all of these tags. If two recorders created it at the same time, all recorders use the same one of the two.
     *
     * @param create the run if there is none; its tags include these
     */
    Found findOrCreate(Map<String, String> identity, New create) throws RecorderException {
        String key = identity.toString();
        Found known = cache.get(key);
        if (known == null) {
            Optional<JsonNode> existing = find(identity);
            if (existing.isEmpty()) {
                create(create);
                existing = find(identity);
            }
            JsonNode info = existing.orElseThrow(() -> new RecorderException(String.format(
                    Locale.ROOT,
                    "a run was created in MLflow at %s but a search for its tags %s does not find it",
                    settings.trackingUri(),
                    identity)));
            if (!isActive(info)) {
                check(); // a deleted experiment deletes its runs, and restores them
            }
            known = details(info);
            if (!known.deleted()) { // else it may be restored at any time
                cache.put(key, known);
            }
        }
        return known;
    }

    private void create(New run) throws RecorderException {
        ObjectNode body = MlflowCalls.body()
                .put("experiment_id", experimentId())
                .put("run_name", MlflowText.shorten(run.name(), MlflowText.LONGEST_KEY))
                .put("start_time", run.start());
        body.set("tags", tags(run.tags()));
        calls.post("create a run", "runs/create", body);
    }

    /** Values of a tag, of the runs with these tags that have not ended and are not deleted. */
    Set<String> unended(Map<String, String> tags, String tag) throws RecorderException {
        var values = new HashSet<String>();
        ObjectNode body = MlflowCalls.body()
                .put("filter", filter(tags) + " and attributes.status = 'RUNNING'")
                .put("run_view_type", "ACTIVE_ONLY")
                .put("max_results", RUNS_AT_ONCE);
        body.putArray("experiment_ids").add(experimentId());
        String next;
        do {
            JsonNode page = calls.post("search for runs", "runs/search", body);
            for (JsonNode run : page.path("runs")) {
                for (JsonNode t : run.path("data").path("tags")) {
                    if (t.path("key").asText().equals(tag)) {
                        values.add(t.path("value").asText());
                    }
                }
            }
            next = page.path("next_page_token").asText();
            body.put("page_token", next);
        } while (!next.isEmpty());
        return values;
    }

    private static String filter(Map<String, String> tags) {
        var conditions = new ArrayList<String>();
        tags.forEach((tag, value) -> conditions.add(String.format(Locale.ROOT, "tags.`%s` = %s", tag, quoted(value))));
        return String.join(" and ", conditions);
    }

    private Optional<JsonNode> find(Map<String, String> identity) throws RecorderException {
        ObjectNode body = MlflowCalls.body()
                .put("filter", filter(identity))
                .put("run_view_type", "ALL")
                .put("max_results", 10);
        body.putArray("experiment_ids").add(experimentId());
        body.putArray("order_by").add("start_time ASC").add("run_id ASC");
        JsonNode deleted = null;
        for (JsonNode run : calls.post("search for a run", "runs/search", body).path("runs")) {
            JsonNode info = run.path("info");
            if (isActive(info)) {
                return Optional.of(info);
            }
            deleted = deleted == null ? info : deleted;
        }
        return Optional.ofNullable(deleted);
    }

    private static boolean isActive(JsonNode described) {
        return described.path("lifecycle_stage").asText("active").equals("active");
    }

    private Found details(JsonNode info) throws RecorderException {
        String id = info.path("run_id").asText();
        JsonNode data = calls.get("read a run", "runs/get?run_id=" + URLEncoder.encode(id, StandardCharsets.UTF_8))
                .path("run")
                .path("data");
        var tags = new LinkedHashMap<String, String>();
        data.path("tags")
                .forEach(t -> tags.put(t.path("key").asText(), t.path("value").asText()));
        boolean earlier = false;
        for (JsonNode metric : data.path("metrics")) {
            earlier |= MetricNames.isEarlier(metric.path("key").asText());
        }
        String status = info.path("status").asText("RUNNING");
        return new Found(
                id,
                info.path("artifact_uri").asText(),
                !isActive(info),
                !status.equals("RUNNING") && !status.equals("SCHEDULED"),
                data.path("params").size(),
                tags,
                earlier);
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
            return id(existing.get());
        }
        String id;
        try {
            id = calls.post(
                            "create experiment " + name,
                            "experiments/create",
                            MlflowCalls.body().put("name", name))
                    .path("experiment_id")
                    .asText();
        } catch (RecorderException e) {
            // Another recorder may have created it at the same time.
            return id(experimentNamed(name).orElseThrow(() -> e));
        }
        var tags = new LinkedHashMap<String, String>();
        tags.put("mlflow.experiment.primaryMetric.name", "test/worst_class/robust_acc");
        tags.put("mlflow.experiment.primaryMetric.greaterIsBetter", "True");
        tags.put("mlflow.experimentKind", "custom_model_development");
        for (var tag : tags.entrySet()) {
            calls.post(
                    "describe experiment " + name,
                    "experiments/set-experiment-tag",
                    MlflowCalls.body()
                            .put("experiment_id", id)
                            .put("key", tag.getKey())
                            .put("value", tag.getValue()));
        }
        return id;
    }

    private static String id(JsonNode experiment) throws RecorderException {
        if (!isActive(experiment)) {
            throw new RecorderException(String.format(
                    Locale.ROOT,
                    "MLflow experiment %s was deleted. Restore it, or set MLFLOW_EXPERIMENT_NAME to another name",
                    experiment.path("name").asText()));
        }
        return experiment.path("experiment_id").asText();
    }

    private Optional<JsonNode> experimentNamed(String name) throws RecorderException {
        ObjectNode body = MlflowCalls.body()
                .put("filter", String.format(Locale.ROOT, "name = %s", quoted(name)))
                .put("view_type", "ALL")
                .put("max_results", 10);
        for (JsonNode experiment : calls.post("search for experiment " + name, "experiments/search", body)
                .path("experiments")) {
            if (experiment.path("name").asText().equals(name)) {
                return Optional.of(experiment);
            }
        }
        return Optional.empty();
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
        int from = 0;
        while (points.size() - from > METRICS_AT_ONCE) {
            send(runId, metrics(points.subList(from, from + METRICS_AT_ONCE)), array());
            from += METRICS_AT_ONCE;
        }
        ArrayNode last = metrics(points.subList(from, points.size()));
        if (!last.isEmpty() || !tags.isEmpty()) {
            send(runId, last, tags(tags));
        }
    }

    private void send(String runId, ArrayNode metrics, ArrayNode tags) throws RecorderException {
        ObjectNode body = MlflowCalls.body().put("run_id", runId);
        body.set("metrics", metrics);
        body.set("tags", tags);
        try {
            calls.post("record metrics", "runs/log-batch", body);
        } catch (RecorderException e) {
            if (!e.isOverALimit()) {
                throw e;
            }
            if (metrics.size() + tags.size() > 1) {
                halves(runId, metrics, tags);
            } else if (shortened(tags)) {
                send(runId, metrics, tags);
            } else {
                throw e;
            }
        }
    }

    /** Cuts the value of a single entry to the next lower limit. Returns false if there is none. */
    private static boolean shortened(ArrayNode single) {
        if (single.size() == 1 && single.get(0) instanceof ObjectNode entry) {
            String value = entry.path("value").asText();
            for (int limit : EARLIER_LIMITS) {
                if (value.length() > limit) {
                    entry.put("value", MlflowText.shorten(value, limit));
                    return true;
                }
            }
        }
        return false;
    }

    /** A proxy, or another release, may allow less than this MLflow does. The tags stay last. */
    private void halves(String runId, ArrayNode metrics, ArrayNode tags) throws RecorderException {
        var parts = metrics.size() > 1 ? metrics : tags;
        var first = array();
        var second = array();
        for (int i = 0; i < parts.size(); i++) {
            (i < parts.size() / 2 ? first : second).add(parts.get(i));
        }
        if (metrics.size() > 1) {
            send(runId, first, array());
            send(runId, second, tags);
        } else if (metrics.isEmpty()) {
            send(runId, metrics, first);
            send(runId, metrics, second);
        } else {
            send(runId, metrics, array());
            send(runId, array(), tags);
        }
    }

    /** Points as MLflow keeps them: not NaN, and the largest number in the place of infinity. */
    private static ArrayNode metrics(List<StampedPoint> points) {
        var metrics = array();
        for (StampedPoint stamped : points) {
            MetricPoint p = stamped.point();
            if (!Double.isNaN(p.value())) {
                metrics.addObject()
                        .put("key", MlflowText.key(p.name()))
                        .put("value", Math.max(-Double.MAX_VALUE, Math.min(Double.MAX_VALUE, p.value())))
                        .put("timestamp", stamped.at())
                        .put("step", p.step());
            }
        }
        return metrics;
    }

    /** Logs the parameters of a run. MLflow accepts a parameter again only with the same value. */
    void logParameters(String runId, Map<String, String> parameters) throws RecorderException {
        var keys = MlflowText.keys(parameters.keySet());
        var batch = array();
        int characters = 0;
        for (var p : parameters.entrySet()) {
            String value = MlflowText.shorten(p.getValue(), MlflowText.LONGEST_PARAMETER);
            if (batch.size() == PARAMETERS_AT_ONCE || characters + value.length() > CHARACTERS_AT_ONCE) {
                send(runId, batch);
                batch = array();
                characters = 0;
            }
            batch.addObject().put("key", keys.getOrDefault(p.getKey(), "")).put("value", value);
            characters += value.length();
        }
        if (!batch.isEmpty()) {
            send(runId, batch);
        }
        var renamed = renamed(keys);
        if (!renamed.isEmpty()) {
            log(runId, List.of(), Map.of("frl.parameter_names", text(renamed)));
        }
    }

    private void send(String runId, ArrayNode parameters) throws RecorderException {
        ObjectNode body = MlflowCalls.body().put("run_id", runId);
        body.set("params", parameters);
        try {
            calls.post("record parameters", "runs/log-batch", body);
        } catch (RecorderException e) {
            if (!e.isOverALimit()) {
                throw e;
            }
            if (parameters.size() > 1) {
                var parts = List.of(array(), array());
                for (int i = 0; i < parameters.size(); i++) {
                    parts.get(i < parameters.size() / 2 ? 0 : 1).add(parameters.get(i));
                }
                send(runId, parts.get(0));
                send(runId, parts.get(1));
            } else if (shortened(parameters)) {
                send(runId, parameters);
            } else {
                throw e;
            }
        }
    }

    /** Tags with keys that MLflow accepts, and one with the names behind keys that had to be changed. */
    private static ArrayNode tags(Map<String, String> tags) {
        var all = array();
        var keys = MlflowText.keys(tags.keySet());
        tags.forEach((name, value) -> all.addObject()
                .put("key", keys.getOrDefault(name, ""))
                .put("value", MlflowText.shorten(value, MlflowText.LONGEST_TAG)));
        var renamed = renamed(keys);
        if (!renamed.isEmpty()) {
            all.addObject().put("key", NAMES).put("value", MlflowText.shorten(text(renamed), MlflowText.LONGEST_TAG));
        }
        return all;
    }

    private static Map<String, String> renamed(Map<String, String> keys) {
        var renamed = new LinkedHashMap<String, String>();
        keys.forEach((name, key) -> {
            if (!name.equals(key)) {
                renamed.put(key, name);
            }
        });
        return renamed;
    }

    private static String text(Map<String, String> names) {
        ObjectNode object = json.createObjectNode();
        names.forEach(object::put);
        return object.toString();
    }

    private static ArrayNode array() {
        return json.createArrayNode();
    }

    void setTerminated(String runId, Status status, long milliseconds) throws RecorderException {
        calls.post(
                "end a run",
                "runs/update",
                MlflowCalls.body()
                        .put("run_id", runId)
                        .put("status", status.name())
                        .put("end_time", milliseconds));
    }

    /** The run goes on. */
    void setRunning(String runId) throws RecorderException {
        calls.post(
                "reopen a run",
                "runs/update",
                MlflowCalls.body().put("run_id", runId).put("status", Status.RUNNING.name()));
    }

    void putArtifact(Found run, String path, String content) throws RecorderException {
        artifacts.put(run.artifactUri(), path, content);
    }

    @Override
    public void close() {
        calls.close();
    }
}
