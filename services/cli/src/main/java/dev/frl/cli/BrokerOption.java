package dev.frl.cli;

import dev.frl.messaging.client.KafkaSettings;

import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which brokers a command talks to. */
final class BrokerOption {
    static final String VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description = "Kafka brokers. Default: $" + VARIABLE
                    + ", else the broker of this home. TLS and SASL: any client setting of Kafka as a variable,"
                    + " KAFKA_SECURITY_PROTOCOL say")
    @Nullable
    String bootstrap;

    /**
     * Asks the brokers something. Without an address that is the broker of this home: the one that is running, or else one
     * that runs just for the question.
     */
    <T> T ask(Frl frl, Function<Cluster, T> question) {
        World world = frl.world();
        if (named(world)) {
            return question.apply(world.connections().to(settings(world)));
        }
        var running = LocalBroker.running(frl.home());
        if (running.isPresent()) {
            return question.apply(
                    world.connections().to(KafkaSettings.of(running.get().bootstrapServers())));
        }
        if (!Files.isDirectory(frl.home().broker())) {
            throw CliException.failed(
                    "nothing has run under %s yet, and no brokers are named; start with `frl run FILE`, or name them with --bootstrap"
                            .formatted(world.shown(frl.home().path())));
        }
        world.err()
                .printf(
                        "No broker is running under %s; reading its log, a few seconds.%n",
                        world.shown(frl.home().path()));
        try (var local = world.connections().startBroker(frl.home().broker())) {
            return question.apply(local.cluster());
        }
    }

    /**
     * The brokers to publish to: they must be running.
     *
     * @throws CliException temporary if none is named and none is running
     */
    Cluster running(Frl frl) {
        World world = frl.world();
        if (named(world)) {
            return world.connections().to(settings(world));
        }
        var local = LocalBroker.running(frl.home())
                .orElseThrow(() -> CliException.temporary(
                        "no broker is running under %s; start it with `frl up`, or name one with --bootstrap"
                                .formatted(world.shown(frl.home().path())),
                        null));
        return world.connections().to(KafkaSettings.of(local.bootstrapServers()));
    }

    private boolean named(World world) {
        return bootstrap != null || !world.env().getOrDefault(VARIABLE, "").isBlank();
    }

    private KafkaSettings settings(World world) {
        Map<String, String> properties = new HashMap<>();
        if (bootstrap != null) {
            properties.put(KafkaSettings.PROPERTY + "bootstrap.servers", bootstrap);
        }
        try {
            return KafkaSettings.from(properties, world.env());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }
}
