package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.LocalBroker;
import dev.frl.messaging.client.KafkaSettings;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which brokers a command talks to. */
public final class BrokerOption {
    public static final String VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

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
    public <T> T ask(GlobalOptions global, Function<Cluster, T> question) {
        CliContext context = global.context();
        if (named(context)) {
            return question.apply(context.connections().to(settings(context)));
        }
        var running = LocalBroker.running(global.home());
        if (running.isPresent()) {
            return question.apply(
                    context.connections().to(KafkaSettings.of(running.get().bootstrapServers())));
        }
        if (!Files.isDirectory(global.home().broker())) {
            throw CliException.failed(
                    "nothing has run under %s yet, and no brokers are named; start with `frl run FILE`, or name them with --bootstrap"
                            .formatted(context.shown(global.home().path())));
        }
        context.err()
                .printf(
                        "No broker is running under %s; reading its log, a few seconds.%n",
                        context.shown(global.home().path()));
        try (var local = context.connections().startBroker(global.home().broker())) {
            return question.apply(local.cluster());
        }
    }

    /**
     * The brokers to publish to: they must be running.
     *
     * @throws CliException temporary if none is named and none is running
     */
    public Cluster running(GlobalOptions global) {
        CliContext context = global.context();
        if (named(context)) {
            return context.connections().to(settings(context));
        }
        var local = LocalBroker.running(global.home())
                .orElseThrow(() -> CliException.temporary(
                        "no broker is running under %s; start it with `frl up`, or name one with --bootstrap"
                                .formatted(context.shown(global.home().path())),
                        null));
        return context.connections().to(KafkaSettings.of(local.bootstrapServers()));
    }

    private boolean named(CliContext context) {
        return bootstrap != null || !context.env().getOrDefault(VARIABLE, "").isBlank();
    }

    private KafkaSettings settings(CliContext context) {
        Map<String, String> properties = new HashMap<>();
        if (bootstrap != null) {
            properties.put(KafkaSettings.PROPERTY + "bootstrap.servers", bootstrap);
        }
        try {
            return KafkaSettings.from(properties, context.env());
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }
}
