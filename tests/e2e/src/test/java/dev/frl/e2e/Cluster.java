package dev.frl.e2e;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A broker and services, each as a process of its own, which can be killed, frozen and started again by name. */
final class Cluster implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration LEASE = Duration.ofSeconds(3);
    private static final Map<String, String> MAINS = Map.of(
            "controller", "dev.frl.controller.ControllerMain",
            "trainer", "dev.frl.trainer.TrainerMain",
            "attacker", "dev.frl.attacker.AttackerMain",
            "recorder", "dev.frl.recorder.RecorderMain");

    private final Path directory;
    private final @Nullable String mlflow;
    private final Processes processes;
    private final Map<String, Process> running = new TreeMap<>();
    private final Topics topics = StandardTopics.create();
    private final int port;

    /** @param mlflow address of the server that the recorder records to; null for files */
    Cluster(Path directory, @Nullable String mlflow) throws IOException {
        this.directory = directory;
        this.mlflow = mlflow;
        this.processes = new Processes(directory);
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            this.port = socket.getLocalPort();
        }
    }

    /** Starts the broker, creates the topics, and starts the services. */
    void start(List<String> services) throws IOException {
        start("broker");
        awaitBroker();
        TopicAdmin.create(kafka(), topics, new Layout(2, 1, LEASE));
        for (var service : services) {
            start(service);
        }
    }

    /** @param name a service, and a number after it if there are several, such as {@code attacker-2} */
    void start(String name) throws IOException {
        var service = name.replaceFirst("-\\d+$", "");
        running.put(
                name,
                service.equals("broker")
                        ? processes.start(
                                name,
                                BrokerProcess.class.getName(),
                                Map.of(),
                                directory.resolve("broker").toString(),
                                Integer.toString(port))
                        : processes.start(name, MAINS.get(service), environment(name)));
    }

    private Map<String, String> environment(String name) {
        var environment = new HashMap<>(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", kafka().bootstrapServers(),
                "FRL_HOME", home(name).toString(),
                "FRL_CHECKPOINTS", directory.resolve("checkpoints").toString(),
                "FRL_DATA", directory.toString(), // the drawn data set needs no files
                "FRL_THREADS", "1"));
        if (mlflow != null) {
            environment.put("MLFLOW_TRACKING_URI", mlflow);
        }
        return environment;
    }

    /** Local state of a service. */
    Path home(String name) {
        return directory.resolve("home-" + name);
    }

    void kill(String name) throws InterruptedException {
        Processes.kill(running.get(name));
    }

    /** Stops all threads of the process until {@link #thaw}. */
    void freeze(String name) throws IOException, InterruptedException {
        signal(name, "STOP");
    }

    void thaw(String name) throws IOException, InterruptedException {
        signal(name, "CONT");
    }

    private void signal(String name, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(running.get(name).pid()))
                .start()
                .waitFor();
    }

    /** Services that ended by themselves. */
    List<String> dead() {
        return running.entrySet().stream()
                .filter(e -> !e.getValue().isAlive())
                .map(Map.Entry::getKey)
                .toList();
    }

    void awaitBroker() {
        Awaitility.await().atMost(LIMIT).ignoreExceptions().until(() -> {
            try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                return socket.isConnected();
            }
        });
    }

    KafkaSettings kafka() {
        return KafkaSettings.of("127.0.0.1:" + port);
    }

    Topics topics() {
        return topics;
    }

    @Override
    public void close() throws InterruptedException {
        processes.close();
    }
}
