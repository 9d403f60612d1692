package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunHistory;
import dev.frl.messaging.client.Clients;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import dev.frl.tracking.MlflowServer;
import dev.frl.tracking.MlflowSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole pipeline on real images, with a real broker and a real MLflow server: specs published from Python, as JSON and as
 * Avro, become finished runs in MLflow; an invalid spec becomes a rejection.
 *
 * <p>Needs a Python environment with MLflow 3.17.2 and scripts/test-requirements.txt; scripts/test creates it.
 */
@EnabledIfEnvironmentVariable(named = "FRL_MLFLOW_PYTHON", matches = ".+")
class PublishedSpecsTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Path ROOT =
            Path.of("").toAbsolutePath().resolve("../..").normalize();
    private static final ObjectMapper json = new ObjectMapper();

    @TempDir
    Path home;

    @Test
    void specs_published_from_python_end_in_mlflow_and_a_bad_one_is_rejected() throws Exception {
        // Given
        var python = Path.of(System.getenv("FRL_MLFLOW_PYTHON"));
        try (var server = MlflowServer.start(python, Files.createDirectory(home.resolve("mlflow")));
                var embedded = Embedded.start(
                        new EmbeddedSettings(home, TestData.folder(), 0, 2, null, MlflowSettings.of(server.uri())));
                var watch = new Watch(embedded.kafka(), embedded.topics());
                var producer = Clients.producer(embedded.kafka(), "test")) {

            // When
            var bad = Specs.twoPoints("bad", 300, 1).replace("cnn-small", "cnn-large");
            producer.send(embedded.topics().experimentSpecs.record("bad", bad.getBytes(StandardCharsets.UTF_8)))
                    .get();
            publish(python, embedded, "from-json", List.of());
            publish(
                    python,
                    embedded,
                    "from-avro",
                    List.of(
                            "--avro",
                            ROOT.resolve("schemas/src/main/resources/released/v1/ExperimentSpec.avsc")
                                    .toString()));

            // Then
            watch.untilAllHaveFinished(5, LIMIT); // two points each, and the warm start that all share
            assertThat(watch.rejections())
                    .singleElement()
                    .satisfies(rejected ->
                            assertThat(rejected.problems().get(0).path()).isEqualTo("spec.model.arch"));
            await().atMost(LIMIT)
                    .untilAsserted(() -> assertThat(embedded.recorded()).isTrue());
            assertThat(mlflowRuns(server))
                    .as("two sweeps, four runs of a point, one warm start")
                    .hasSize(7)
                    .allSatisfy((name, run) ->
                            assertThat(run.at("/info/status").asText()).isEqualTo("FINISHED"));
            watch.histories().values().forEach(history -> assertSameErrorInMlflow(history, mlflowRuns(server)));
            assertThat(Files.readString(report(home))).contains("<svg", "Shirt");
        }
    }

    private void publish(Path python, Embedded embedded, String name, List<String> more)
            throws IOException, InterruptedException {
        var spec = Files.writeString(home.resolve(name + ".yaml"), Specs.twoPoints(name, 300, 1));
        var command = new ArrayList<>(List.of(
                python.toString(),
                ROOT.resolve("examples/publish.py").toString(),
                spec.toString(),
                "--bootstrap",
                embedded.kafka().bootstrapServers()));
        command.addAll(more);
        int code = new ProcessBuilder(command).inheritIO().start().waitFor();
        assertThat(code).as(String.join(" ", command)).isZero();
    }

    private static void assertSameErrorInMlflow(RunHistory history, TreeMap<String, JsonNode> runs) {
        double expected = history.test(Selection.LAST).orElseThrow().totalRobust();
        var metrics = runs.get(history.plan().runId()).at("/data/metrics");
        var recorded = StreamSupport.stream(metrics.spliterator(), false)
                .filter(m -> m.get("key").asText().equals("test/robust_acc"))
                .findFirst()
                .orElseThrow();
        assertThat(1 - recorded.get("value").asDouble())
                .as(history.plan().runId())
                .isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-9));
    }

    /** Runs by their tag frl.run_id; the parent run of a sweep by its name. */
    private static TreeMap<String, JsonNode> mlflowRuns(MlflowServer server) {
        try {
            var experiment = post(server, "experiments/search", "{\"max_results\": 10, \"filter\": \"name = 'frl'\"}")
                    .at("/experiments/0/experiment_id")
                    .asText();
            var response = post(
                    server, "runs/search", String.format(Locale.ROOT, "{\"experiment_ids\": [\"%s\"]}", experiment));
            var runs = new TreeMap<String, JsonNode>();
            response.get("runs").forEach(run -> runs.put(tag(run), run));
            return runs;
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String tag(JsonNode run) {
        for (var tag : run.at("/data/tags")) {
            if (tag.get("key").asText().equals("frl.run_id")) {
                return tag.get("value").asText();
            }
        }
        return run.at("/info/run_name").asText();
    }

    private static JsonNode post(MlflowServer server, String call, String body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(server.uri() + "/api/2.0/mlflow/" + call))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        var response = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return json.readTree(response.body());
    }

    private static Path report(Path home) throws IOException {
        try (var files = Files.walk(home.resolve("runs"))) {
            return files.filter(f -> f.endsWith("report.html"))
                    .filter(f -> f.toString().contains("from-json"))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
