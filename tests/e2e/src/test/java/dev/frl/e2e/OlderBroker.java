package dev.frl.e2e;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;

/** A broker of another Kafka version, as a process with that version's class path. Closing stops it. */
final class OlderBroker implements AutoCloseable {
    private static final String SETTINGS = """
            node.id=1
            process.roles=broker,controller
            listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
            advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
            listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
            controller.listener.names=CONTROLLER
            controller.quorum.voters=1@127.0.0.1:%2$d
            log.dirs=%3$s
            offsets.topic.replication.factor=1
            offsets.topic.num.partitions=1
            transaction.state.log.replication.factor=1
            transaction.state.log.min.isr=1
            transaction.state.log.num.partitions=1
            share.coordinator.state.topic.replication.factor=1
            share.coordinator.state.topic.min.isr=1
            share.coordinator.state.topic.num.partitions=1
            group.initial.rebalance.delay.ms=0
            auto.create.topics.enable=true
            """;

    private final Process process;
    private final String bootstrapServers;

    private OlderBroker(Process process, String bootstrapServers) {
        this.process = process;
        this.bootstrapServers = bootstrapServers;
    }

    /**
     * Formats a directory and starts a broker on it. Clients may connect before it answers.
     *
     * @param version such as 4.2.0; tests/brokers has a module for its first two numbers
     * @param directory holds the log; the data is in its folder {@code kafka}, as that of the embedded broker
     */
    static OlderBroker start(String version, Path directory) throws IOException, InterruptedException {
        String classPath = classPath(version);
        int port = freePort();
        Files.createDirectories(directory);
        var settings = Files.writeString(
                directory.resolve("server.properties"),
                String.format(Locale.ROOT, SETTINGS, port, freePort(), directory.resolve("kafka")));
        var format = run(
                classPath,
                directory,
                "kafka.tools.StorageTool",
                "format",
                "--cluster-id",
                Uuid.randomUuid().toString(),
                "--config",
                settings.toString());
        if (!format.waitFor(60, TimeUnit.SECONDS) || format.exitValue() != 0) {
            format.destroyForcibly();
            throw new IllegalStateException("not formatted: " + Files.readString(directory.resolve("broker.log")));
        }
        return new OlderBroker(run(classPath, directory, "kafka.Kafka", settings.toString()), "127.0.0.1:" + port);
    }

    private static Process run(String classPath, Path directory, String mainClass, String... args) throws IOException {
        var command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-cp",
                classPath,
                mainClass));
        command.addAll(List.of(args));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(
                        Redirect.appendTo(directory.resolve("broker.log").toFile()))
                .start();
    }

    /** The class path of this version's broker, and nothing of another version. */
    static String classPath(String version) throws IOException {
        String module = version.substring(0, version.lastIndexOf('.'));
        return Files.readString(Path.of("../brokers", module, "target/class-path.txt"))
                .strip();
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    String bootstrapServers() {
        return bootstrapServers;
    }

    @Override
    public void close() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
            process.destroyForcibly().waitFor();
        }
    }
}
