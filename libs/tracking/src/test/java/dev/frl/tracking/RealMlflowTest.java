package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.run.RunEvent;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticExperiment;
import dev.frl.report.SyntheticRun;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Against the real server: set FRL_MLFLOW_PYTHON to the Python of an environment that has mlflow 3.17.2. */
@EnabledIfEnvironmentVariable(named = "FRL_MLFLOW_PYTHON", matches = ".+")
final class RealMlflowTest {
    private static final ObjectMapper json = new ObjectMapper();

    @Test
    void a_real_server_holds_the_same_after_a_restart_of_the_recorder(@TempDir Path directory) throws Exception {
        // Given
        Path python = Path.of(System.getenv("FRL_MLFLOW_PYTHON"));
        var events = new ArrayList<RunEvent>();
        new SyntheticExperiment(10, 3)
                .runs(List.of(Policy.NONE, Policy.FRL_REWEIGHT_REMARGIN), 2).stream()
                        .map(SyntheticRun::events)
                        .forEach(events::addAll);
        try (var server = MlflowServer.start(python, directory)) {
            record(server, events.subList(0, events.size() / 2));

            // When
            record(server, events);
            var once = runs(server);
            record(server, events);

            // Then
            assertThat(runs(server)).isEqualTo(once);
            assertThat(once)
                    .hasSize(1 + 2 + 4)
                    .allSatisfy((name, run) -> assertThat(run).contains("FINISHED"));
            assertThat(history(server, "frl-reweight-remargin, seed 1", "val/worst_class/robust_acc"))
                    .hasSize(4);
            assertThat(get(server, "/get-artifact?path=report/index.html&run_uuid=" + id(server, "fashion-frl")))
                    .startsWith("<!doctype html>");
        }
    }

    @Test
    void a_run_with_a_metric_of_an_earlier_version_continues_under_the_new_names(@TempDir Path directory)
            throws Exception {
        // Given
        var run = new SyntheticExperiment(10, 3)
                .runs(List.of(Policy.FRL_REWEIGHT), 1)
                .get(1);
        try (var server = MlflowServer.start(Path.of(System.getenv("FRL_MLFLOW_PYTHON")), directory)) {
            record(server, run.events().subList(0, 9));
            post(
                    server,
                    "log-metric",
                    String.format(
                            Locale.ROOT,
                            "{\"run_id\": \"%s\", \"key\": \"class/clean_err/06_Shirt\", \"value\": 0.5, \"timestamp\": 1, \"step\": 1}",
                            id(server, "frl-reweight, seed 1")));

            // When
            record(server, run.events());

            // Then
            assertThat(history(server, "frl-reweight, seed 1", "class/standard_err/06_Shirt"))
                    .hasSize(4);
            assertThat(history(server, "frl-reweight, seed 1", "class/clean_err/06_Shirt"))
                    .hasSize(1);
            assertThat(runs(server).get("frl-reweight, seed 1")).contains("frl.metric_names");
        }
    }

    private static void record(MlflowServer server, List<RunEvent> events) throws RecorderException {
        try (var recorder = new MlflowRecorder(MlflowSettings.of(server.uri()))) {
            var log = new TrackedEvents(recorder);
            for (RunEvent event : events) {
                log.accept(event);
            }
            if (events.get(events.size() - 1) instanceof RunEvent.Finished) {
                log.summariseNews();
            }
        }
    }

    private static TreeMap<String, String> runs(MlflowServer server) throws IOException, InterruptedException {
        var all = new TreeMap<String, String>();
        for (JsonNode run : search(server)) {
            all.put(run.at("/info/run_name").asText(), run.toString());
        }
        return all;
    }

    private static JsonNode search(MlflowServer server) throws IOException, InterruptedException {
        return json.readTree(post(server, "search", "{\"experiment_ids\":[\"1\"]}"))
                .get("runs");
    }

    private static String post(MlflowServer server, String call, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server.uri() + "/api/2.0/mlflow/runs/" + call))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private static String id(MlflowServer server, String name) throws IOException, InterruptedException {
        for (JsonNode run : search(server)) {
            if (run.at("/info/run_name").asText().equals(name)) {
                return run.at("/info/run_id").asText();
            }
        }
        throw new AssertionError("no run " + name);
    }

    private static JsonNode history(MlflowServer server, String run, String metric)
            throws IOException, InterruptedException {
        String path = String.format(
                Locale.ROOT, "/api/2.0/mlflow/metrics/get-history?run_id=%s&metric_key=%s", id(server, run), metric);
        return json.readTree(get(server, path)).get("metrics");
    }

    private static String get(MlflowServer server, String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server.uri() + path)).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }
}
