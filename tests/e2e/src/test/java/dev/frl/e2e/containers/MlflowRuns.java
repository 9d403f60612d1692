package dev.frl.e2e.containers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The runs of an MLflow experiment, by frl's run ID; the parent run by its name. */
record MlflowRuns(String server, Map<String, JsonNode> runs) {
    /** What depends on the machine, and on the deaths of its workers. */
    private static final Set<String> NOT_OF_THE_RUN =
            Set.of("train/epoch_seconds", "attack/seconds", "attack/repeated_shards");

    private static final ObjectMapper json = new ObjectMapper();
    private static final HttpClient http = HttpClient.newHttpClient();

    /** Reads the runs as they are now; none if there is no such experiment yet. */
    static MlflowRuns read(String server, String experiment) throws IOException, InterruptedException {
        var found = post(
                        server,
                        "experiments/search",
                        Map.of("max_results", 10, "filter", String.format(Locale.ROOT, "name = '%s'", experiment)))
                .at("/experiments/0/experiment_id");
        var runs = new TreeMap<String, JsonNode>();
        if (!found.isMissingNode()) {
            post(server, "runs/search", Map.of("experiment_ids", List.of(found.asText()), "max_results", 1000))
                    .path("runs")
                    .forEach(run -> runs.put(id(run), run));
        }
        return new MlflowRuns(server, runs);
    }

    private static String id(JsonNode run) {
        var tags = tags(run);
        return tags.getOrDefault("frl.run_id", run.at("/info/run_name").asText());
    }

    static Map<String, String> tags(JsonNode run) {
        var tags = new TreeMap<String, String>();
        run.at("/data/tags")
                .forEach(t -> tags.put(t.get("key").asText(), t.get("value").asText()));
        return tags;
    }

    /** Runs that have a parent. */
    Map<String, JsonNode> children() {
        return runs.entrySet().stream()
                .filter(e -> tags(e.getValue()).containsKey("mlflow.parentRunId"))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /** The only run without a parent. */
    JsonNode parent() {
        var parents = runs.values().stream()
                .filter(run -> !tags(run).containsKey("mlflow.parentRunId"))
                .toList();
        assertThat(parents).as("parent runs").hasSize(1);
        return parents.get(0);
    }

    boolean allFinished(int expected) {
        return runs.size() == expected
                && runs.values().stream()
                        .allMatch(run -> run.at("/info/status").asText().equals("FINISHED"));
    }

    /** The whole history of every metric of every run: run, metric and step, with its value to the bit. No point is there twice. */
    Map<String, Double> points() throws IOException, InterruptedException {
        var points = new TreeMap<String, Double>();
        for (var run : runs.entrySet()) {
            for (var metric : run.getValue().at("/data/metrics")) {
                var key = metric.get("key").asText();
                if (!NOT_OF_THE_RUN.contains(key)) {
                    add(run.getKey(), run.getValue().at("/info/run_id").asText(), key, points);
                }
            }
        }
        return points;
    }

    private void add(String name, String run, String key, Map<String, Double> points)
            throws IOException, InterruptedException {
        var call = String.format(Locale.ROOT, "metrics/get-history?max_results=1000&run_id=%s&metric_key=%s", run, URLEncoder.encode(key, StandardCharsets.UTF_8));
        for (var point : send(server, call, null).path("metrics")) {
            var before = points.put(
                    String.format(Locale.ROOT, "%s %s %d", name, key, point.path("step").asLong()),
                    point.get("value").asDouble());
            assertThat(before)
                    .as("%s, %s at step %s was recorded twice", name, key, point.path("step"))
                    .isNull();
        }
    }

    private static JsonNode post(String server, String call, Map<String, ?> body)
            throws IOException, InterruptedException {
        return send(server, call, json.writeValueAsString(body));
    }

    private static JsonNode send(String server, String call, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server + "/api/2.0/mlflow/" + call));
        if (body != null) {
            request.header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
        }
        var response = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as("%s: %s", call, response.body()).isEqualTo(200);
        return json.readTree(response.body());
    }
}
