package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunReport.Score;
import dev.frl.core.run.RunStatus;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a server on this machine that stands for Kubeflow's, with a certificate that only its own authority vouches for. */
@Timeout(120)
class TrainJobStatusTest {
    private static final Instant BEGIN = Instant.parse("2026-11-26T12:00:00Z");
    private static final String PATH = "/apis/trainer.kubeflow.org/v1alpha1/namespaces/frl/trainjobs/small/status";
    private static final char[] PASSWORD = "changeit".toCharArray();

    @TempDir
    static Path folder;

    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final AtomicInteger answer = new AtomicInteger(200);
    private final CountDownLatch held = new CountDownLatch(1);
    private volatile boolean holds;
    private HttpsServer server;
    private volatile Instant now = BEGIN;

    private record Request(
            String method, String path, @Nullable String token, JsonNode body) {}

    @BeforeEach
    void begin() throws Exception {
        var keys = folder.resolve("keys.p12");
        if (!Files.exists(keys)) {
            keytool(
                    "-genkeypair",
                    "-keyalg",
                    "EC",
                    "-alias",
                    "trainer",
                    "-dname",
                    "CN=trainer",
                    "-ext",
                    "san=ip:127.0.0.1");
            keytool(
                    "-exportcert",
                    "-rfc",
                    "-alias",
                    "trainer",
                    "-file",
                    folder.resolve("ca.crt").toString());
        }
        var store = KeyStore.getInstance(keys.toFile(), PASSWORD);
        var managers = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        managers.init(store, PASSWORD);
        var tls = SSLContext.getInstance("TLS");
        tls.init(managers.getKeyManagers(), null, null);
        server = HttpsServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(tls));
        server.setExecutor(Executors.newCachedThreadPool(task -> {
            var thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        }));
        server.createContext("/", exchange -> {
            try (exchange) {
                if (holds) {
                    held.await();
                }
                requests.add(new Request(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().getPath(),
                        exchange.getRequestHeaders().getFirst("Authorization"),
                        new JsonMapper().readTree(exchange.getRequestBody().readAllBytes())));
                exchange.sendResponseHeaders(answer.get(), -1);
            } catch (InterruptedException e) {
                throw new IOException(e);
            }
        });
        server.start();
    }

    @AfterEach
    void end() {
        held.countDown();
        server.stop(0);
    }

    private static void keytool(String... arguments) throws Exception {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-keystore",
                folder.resolve("keys.p12").toString(),
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD)));
        command.addAll(1, List.of(arguments));
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }

    @Test
    void a_status_has_progress_remaining_time_and_the_worst_class_and_goes_with_the_token_of_the_file()
            throws Exception {
        // Given
        var token = Files.writeString(folder.resolve("token"), "first\n");
        try (var status = status(address(), token, Duration.ofMillis(1))) {
            // When
            status.hears(run(Phase.TRAINING, 0, null));
            var first = take();
            now = now.plusSeconds(100);
            Files.writeString(token, "second\n"); // Kubernetes renews it
            status.hears(run(Phase.TRAINING, 2, new Score(2, 0.9, 0.6, 0.31234, 0.2, "shirt", 1000, false)));
            var second = take();

            // Then
            assertThat(first.method()).isEqualTo("POST");
            assertThat(first.path()).isEqualTo(PATH);
            assertThat(first.token()).isEqualTo("Bearer first");
            assertThat(first.body()).isEqualTo(json("""
                                    {"trainerStatus": {"progressPercentage": 0, "metrics": [
                                      {"name": "run", "value": "small-1"}, {"name": "epoch", "value": "0"}],
                                      "lastUpdatedTime": "2026-11-26T12:00:00Z"}}
                                    """));
            assertThat(second.token()).isEqualTo("Bearer second");
            assertThat(second.body()).isEqualTo(json("""
                                    {"trainerStatus": {"progressPercentage": 50, "estimatedRemainingSeconds": 100, "metrics": [
                                      {"name": "run", "value": "small-1"}, {"name": "epoch", "value": "2"},
                                      {"name": "clean_accuracy", "value": "0.9000"},
                                      {"name": "robust_accuracy", "value": "0.6000"},
                                      {"name": "worst_class", "value": "shirt"},
                                      {"name": "worst_class_robust_accuracy", "value": "0.3123"}],
                                      "lastUpdatedTime": "2026-11-26T12:01:40Z"}}
                                    """));
        }
    }

    @Test
    void the_progress_of_a_sweep_is_that_of_its_runs() throws Exception {
        // Given
        try (var status = status(address(), null, Duration.ofHours(1))) {
            status.hears(experiment(new RunCounts(1, 1, 0, 1, 1, 0), 0.42));
            take();
            status.hears(run(Phase.TRAINING, 2, null));
        }

        // When
        var last = take();

        // Then
        assertThat(last.token()).isNull();
        var sent = last.body().get("trainerStatus");
        assertThat(sent.get("progressPercentage").asInt())
                .as("two of four have ended, and half of one")
                .isEqualTo(62);
        assertThat(sent.get("metrics").toString())
                .contains(
                        "{\"name\":\"finished_runs\",\"value\":\"1\"}",
                        "{\"name\":\"failed_runs\",\"value\":\"1\"}",
                        "{\"name\":\"best_worst_class_robust_accuracy\",\"value\":\"0.4200\"}");
    }

    @Test
    void between_two_messages_only_the_latest_state_is_kept() throws Exception {
        // Given
        try (var status = status(address(), null, Duration.ofHours(1))) {
            status.hears(run(Phase.TRAINING, 0, null));
            take();

            // When
            for (int epoch = 1; epoch <= 4; epoch++) {
                status.hears(run(Phase.TRAINING, epoch, null));
            }
        }

        // Then
        assertThat(take().body().get("trainerStatus").get("progressPercentage").asInt())
                .as("an open run is not done")
                .isEqualTo(99);
        assertThat(requests).isEmpty();
    }

    @Test
    void a_server_that_refuses_or_does_not_answer_disturbs_nobody() throws Exception {
        // Given
        answer.set(500);
        try (var status = status(address(), folder.resolve("no-token"), Duration.ofMillis(1))) {
            status.hears(run(Phase.TRAINING, 0, null)); // the token may not be there yet
            Files.writeString(folder.resolve("no-token"), "late");
            status.hears(run(Phase.TRAINING, 1, null));
            take();

            // When
            answer.set(200);
            holds = true;
            status.hears(run(Phase.TRAINING, 2, null));

            // Then
            for (int i = 0; i < 1000; i++) {
                status.hears(run(Phase.TRAINING, 3, null)); // returns, whatever the server does
            }
            holds = false;
            held.countDown();
            int progress;
            do {
                progress = take().body()
                        .get("trainerStatus")
                        .get("progressPercentage")
                        .asInt();
            } while (progress < 75);
            assertThat(progress).isEqualTo(75);
        }
    }

    @Test
    void the_token_goes_to_no_server_that_another_authority_vouches_for_and_over_no_plain_connection()
            throws Exception {
        // Given
        var token = Files.writeString(folder.resolve("kept"), "kept");
        var plain =
                Map.of(TrainJobStatus.URL, address().replace("https", "http"), TrainJobStatus.TOKEN, token.toString());
        var strange = Map.of(TrainJobStatus.URL, address(), TrainJobStatus.TOKEN, token.toString());

        // When
        for (var environment : List.of(plain, strange, Map.of(TrainJobStatus.URL, "no address"))) {
            try (var status = TrainJobStatus.of(environment, clock(), Duration.ofMillis(1))) {
                status.hears(run(Phase.TRAINING, 0, null));
            }
        }

        // Then
        assertThat(requests).isEmpty();
    }

    @Test
    @Timeout(value = 1, unit = TimeUnit.DAYS) // scripts/fuzz says how long; what hangs ends after minutes
    void whatever_the_variables_and_files_hold_there_is_a_message_or_what_is_wrong_and_nothing_of_the_token()
            throws Exception {
        // Given
        var secret = "hush-hush";
        var pem = Files.readAllBytes(folder.resolve("ca.crt"));
        var token = folder.resolve("mutated-token");
        var certificates = folder.resolve("mutated.crt");
        var outcomes = new TreeSet<String>();

        // When, Then
        Fuzz.run("address, certificate and token of a TrainJob", 300, 64 << 20, random -> {
            var environment = new HashMap<>(Map.of(
                    TrainJobStatus.URL, address(),
                    TrainJobStatus.CA_CERT, certificates.toString(),
                    TrainJobStatus.TOKEN, token.toString()));
            Files.write(token, text("Bearer-" + secret, random).getBytes(StandardCharsets.UTF_8));
            Files.write(certificates, random.nextBoolean() ? pem : Mutations.mutate(pem, random));
            var names = List.copyOf(environment.keySet());
            environment.computeIfPresent(names.get(random.nextInt(names.size())), (name, value) -> text(value, random));
            try {
                TrainJobStatus.request(environment, new byte[0]);
                TrainJobStatus.client(environment.get(TrainJobStatus.CA_CERT));
                outcomes.add("a message");
            } catch (IOException e) {
                assertThat(e.getMessage())
                        .startsWith("KUBEFLOW_TRAINER_SERVER_")
                        .doesNotContain(secret);
                outcomes.add(e.getMessage().split(" ")[0]);
            }
        });
        assertThat(outcomes)
                .containsExactly(TrainJobStatus.CA_CERT, TrainJobStatus.TOKEN, TrainJobStatus.URL, "a message");
    }

    @Test
    void a_token_and_certificates_without_an_end_are_refused() {
        var zero = "/dev/zero";
        assumeThat(Path.of(zero)).exists();
        assertThatIOException()
                .isThrownBy(() -> TrainJobStatus.request(
                        Map.of(TrainJobStatus.URL, address(), TrainJobStatus.TOKEN, zero), new byte[0]))
                .withMessageStartingWith(TrainJobStatus.TOKEN);
        assertThatIOException()
                .isThrownBy(() -> TrainJobStatus.client(zero))
                .withMessageStartingWith(TrainJobStatus.CA_CERT);
    }

    private static String text(String value, SplittableRandom random) {
        var bytes = Mutations.mutate(value.getBytes(StandardCharsets.UTF_8), random);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void without_an_address_nothing_is_sent() {
        try (var status = TrainJobStatus.of(Map.of(), clock())) {
            status.hears(run(Phase.TRAINING, 0, null));
        }
        assertThat(requests).isEmpty();
    }

    private TrainJobStatus status(String address, @Nullable Path token, Duration interval) {
        var certificate = folder.resolve("ca.crt").toString();
        return TrainJobStatus.of(
                token == null
                        ? Map.of(TrainJobStatus.URL, address, TrainJobStatus.CA_CERT, certificate)
                        : Map.of(
                                TrainJobStatus.URL,
                                address,
                                TrainJobStatus.CA_CERT,
                                certificate,
                                TrainJobStatus.TOKEN,
                                token.toString()),
                clock(),
                interval);
    }

    private InstantSource clock() {
        return () -> now;
    }

    private String address() {
        return "https://127.0.0.1:" + server.getAddress().getPort() + PATH;
    }

    private Request take() throws InterruptedException {
        var request = requests.poll(60, TimeUnit.SECONDS);
        assertThat(request).isNotNull();
        return request;
    }

    private static JsonNode json(String text) throws IOException {
        return new JsonMapper().readTree(text);
    }

    private static RunStatus run(Phase phase, int epoch, @Nullable Score validation) {
        return new RunStatus(
                "small-1",
                "small",
                "small-1a2b3c4d",
                Map.of(),
                "none",
                1,
                false,
                null,
                BEGIN,
                phase,
                epoch,
                4,
                "reason",
                BEGIN,
                BEGIN,
                "next",
                1,
                true,
                0,
                0,
                null,
                validation,
                null);
    }

    private static ExperimentStatus experiment(RunCounts runs, double best) {
        return new ExperimentStatus(
                "small",
                "small-1a2b3c4d",
                1,
                Map.of(),
                ExperimentSettings.ALL_RUNS,
                "grid",
                BEGIN,
                ExperimentPhase.RUNNING,
                "reason",
                BEGIN,
                1,
                0,
                runs,
                new BestPoint(1, Map.of(), best, 0.5, 0.6, 3, 1));
    }
}
