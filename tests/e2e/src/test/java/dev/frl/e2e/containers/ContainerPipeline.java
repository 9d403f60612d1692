package dev.frl.e2e.containers;

import static org.awaitility.Awaitility.await;

import dev.frl.e2e.TestData;
import dev.frl.messaging.client.KafkaSettings;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.ComposeContainer;
import org.testcontainers.containers.ContainerState;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * The pipeline of docker-compose.yml as it is shipped, under a project name and ports of its own. The images are those that
 * the environment variables of the compose file name, else its defaults. Closing removes containers and volumes.
 */
final class ContainerPipeline implements AutoCloseable {
    static final Path ROOT = Path.of("").toAbsolutePath().resolve("../..").normalize();
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final List<String> SERVICES = List.of("controller", "trainer", "attacker", "recorder");

    private final ComposeContainer compose;
    private final int kafka;
    private final int mlflow;
    private final int prometheus;

    private ContainerPipeline(ComposeContainer compose, int kafka, int mlflow, int prometheus) {
        this.compose = compose;
        this.kafka = kafka;
        this.mlflow = mlflow;
        this.prometheus = prometheus;
    }

    /**
     * Starts the pipeline; returns when every service is healthy.
     *
     * @param more services of profiles
     */
    static ContainerPipeline start(int trainers, int attackers, String... more) throws InterruptedException {
        int kafka = freePort();
        int mlflow = freePort();
        int prometheus = freePort();
        var services = Stream.concat(SERVICES.stream(), Stream.of(more)).toArray(String[]::new);
        var compose = new ComposeContainer("frl", new File(ROOT.toFile(), "docker-compose.yml"))
                .withServices(services) // and those that they depend on
                .withPull(false)
                .withEnv("KAFKA_PORT", String.valueOf(kafka))
                .withEnv("MLFLOW_PORT", String.valueOf(mlflow))
                .withEnv("PROMETHEUS_PORT", String.valueOf(prometheus))
                .withEnv("DATA_VOLUME", TestData.folder().getParent().toString())
                .withScaledService("trainer", trainers)
                .withScaledService("attacker", attackers)
                .withStartupTimeout(LIMIT);
        for (var service : services) {
            compose.waitingFor(service, Wait.forHealthcheck().withStartupTimeout(LIMIT));
        }
        var pipeline = new ContainerPipeline(compose, kafka, mlflow, prometheus);
        try {
            compose.start();
        } catch (RuntimeException e) {
            pipeline.close();
            throw e;
        }
        return pipeline;
    }

    /** Name and tag of an image of frl, as docker-compose.yml has them. */
    static String image(String name) {
        return Optional.ofNullable(System.getenv(name.toUpperCase(java.util.Locale.ROOT) + "_IMAGE"))
                .orElseGet(() -> String.format(Locale.ROOT, "%s/%s:%s", System.getenv().getOrDefault("FRL_IMAGE_PREFIX", "frl"),
                                name,
                                Optional.ofNullable(System.getenv("FRL_IMAGE_TAG"))
                                        .orElseGet(ContainerPipeline::version)));
    }

    private static String version() {
        try {
            var pom = Files.readString(ROOT.resolve("pom.xml"));
            var version = Pattern.compile("(?m)^  <version>(.*)</version>$").matcher(pom);
            if (!version.find()) {
                throw new IllegalStateException("pom.xml has no version");
            }
            return version.group(1);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    KafkaSettings kafka() {
        return KafkaSettings.of("localhost:" + kafka);
    }

    String mlflow() {
        return "http://localhost:" + mlflow;
    }

    String prometheus() {
        return "http://localhost:" + prometheus;
    }

    /** Kills the container with SIGKILL while its worker holds a shard or a run. It is not started again. */
    void killAtWork(String container) {
        var victim = state(container);
        await().atMost(LIMIT).pollInterval(Duration.ofMillis(100)).until(() -> isBusy(victim));
        DockerClientFactory.lazyClient()
                .killContainerCmd(victim.getContainerId())
                .exec();
    }

    void restart(String container) {
        DockerClientFactory.lazyClient()
                .restartContainerCmd(state(container).getContainerId())
                .exec();
    }

    private ContainerState state(String container) {
        return compose.getContainerByServiceName(container).orElseThrow();
    }

    /** What the worker says of itself on its port for meters, which is open inside of the network only. */
    private static boolean isBusy(ContainerState container) throws IOException, InterruptedException {
        var meters = container.execInContainer(
                "bash",
                "-c",
                "exec 3<>/dev/tcp/127.0.0.1/8081; printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3");
        return meters.getStdout().lines().anyMatch(line -> line.matches("frl_worker_busy\\{.*} 1(\\.0)?"));
    }

    private static int freePort() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        compose.stop();
    }
}
