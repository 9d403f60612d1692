package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.LocalBroker;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.spec.tree.Suggestions;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The choice of Kafka brokers. */
public final class BrokerOption {
    public static final String VARIABLE = "KAFKA_BOOTSTRAP_SERVERS";

    @Option(
            names = "--bootstrap",
            paramLabel = "HOST:PORT",
            description = "Kafka brokers. Default: $" + VARIABLE
                    + ", else the broker of this home. Other client settings (TLS, SASL) are variables too:"
                    + " KAFKA_SECURITY_PROTOCOL")
    @Nullable
    String bootstrap;

    /**
     * Reads something from the brokers. Without an address these are the broker of this home: the running one, else one that
     * is started for this read.
     */
    public <T> T read(GlobalOptions global, Function<Cluster, T> reader) {
        CliContext context = global.context();
        if (named(context)) {
            return reader.apply(context.connections().to(settings(context)));
        }
        var running = LocalBroker.running(global.home());
        if (running.isPresent()) {
            return reader.apply(
                    context.connections().to(KafkaSettings.of(running.get().bootstrapServers())));
        }
        if (!Files.isDirectory(global.home().broker())) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "nothing has run under %s yet, and no broker is named: start with `frl run FILE`, or name one with --bootstrap",
                    context.shown(global.home().path())));
        }
        context.err()
                .printf(
                        Locale.ROOT,
                        "No broker is running under %s; starting one to read its log, a few seconds.%n",
                        context.shown(global.home().path()));
        try (var local = context.connections().startBroker(global.home().broker())) {
            return reader.apply(local.cluster());
        }
    }

    /**
     * Running brokers, to publish to or to watch.
     *
     * @throws CliException temporary if none is named and this home has no running broker
     */
    public Cluster running(GlobalOptions global) {
        CliContext context = global.context();
        if (named(context)) {
            return context.connections().to(settings(context));
        }
        var local = LocalBroker.running(global.home())
                .orElseThrow(() -> CliException.temporary(
                        String.format(
                                Locale.ROOT,
                                "no broker is running under %s: start one with `frl up`, or name one with --bootstrap",
                                context.shown(global.home().path())),
                        null));
        return context.connections().to(KafkaSettings.of(local.bootstrapServers()));
    }

    /** The address that was given; the default of Kafka's tools if none was. */
    public String address(CliContext context) {
        return named(context) ? settings(context).bootstrapServers() : KafkaSettings.DEFAULT_BOOTSTRAP_SERVERS;
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
            var settings = KafkaSettings.from(properties, context.env());
            for (String variable : settings.unknown()) {
                var near = Suggestions.nearest(variable, KafkaSettings.knownVariables());
                context.err()
                        .println("Note: " + variable + " is no setting of Kafka's clients, and has no effect"
                                + (near.isEmpty() ? "" : "; did you mean " + near.get(0) + "?"));
            }
            return settings;
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }
}
