package dev.frl.messaging.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * How to reach Kafka: the same for all clients. Any client setting of Kafka can be given, so TLS and SASL are only settings:
 * as the property {@code kafka.security.protocol} or the variable {@code KAFKA_SECURITY_PROTOCOL}.
 */
public final class KafkaSettings {
    public static final String DEFAULT_BOOTSTRAP_SERVERS = "localhost:9092";
    /** What the name of a property of Kafka's begins with. */
    public static final String PROPERTY = "kafka.";

    private static final String VARIABLE = "KAFKA_";
    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    /** What the pipeline's correctness hangs on is not for settings. */
    private static final Set<String> OURS = Set.of(
            ProducerConfig.ACKS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
            ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
            ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
            "client.id");

    private static final Set<String> KNOWN = known();

    private final Map<String, String> settings;

    private KafkaSettings(Map<String, String> settings) {
        this.settings = Map.copyOf(settings);
    }

    /** Nothing but an address. */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(Map.of(BOOTSTRAP_SERVERS, bootstrapServers));
    }

    /**
     * Reads what was configured.
     *
     * @param properties those that begin with {@code kafka.}; they win over variables
     * @param environment variables that are the name of a client setting in capitals, after {@code KAFKA_}. Others are left
     *     alone, since Kubernetes and Kafka's own scripts use the prefix too.
     * @throws IllegalArgumentException with all properties that are no client setting or that the pipeline sets itself
     */
    public static KafkaSettings from(Map<String, String> properties, Map<String, String> environment) {
        var settings = new HashMap<String, String>();
        settings.put(BOOTSTRAP_SERVERS, DEFAULT_BOOTSTRAP_SERVERS);
        for (String name : KNOWN) {
            String value =
                    environment.get(VARIABLE + name.toUpperCase(Locale.ROOT).replace('.', '_'));
            if (value != null && !value.isBlank() && !OURS.contains(name)) {
                settings.put(name, value);
            }
        }
        List<String> problems = new ArrayList<>();
        new TreeMap<>(properties).forEach((key, value) -> {
            if (key.startsWith(PROPERTY)) {
                String name = key.substring(PROPERTY.length());
                if (OURS.contains(name)) {
                    problems.add(key + " is set by the pipeline itself");
                } else if (!KNOWN.contains(name) && !name.startsWith("config.providers.")) {
                    problems.add(key + " is not a setting of Kafka's clients");
                } else {
                    settings.put(name, value);
                }
            }
        });
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new KafkaSettings(settings);
    }

    private static Set<String> known() {
        var known = new TreeSet<String>();
        known.addAll(AdminClientConfig.configNames());
        known.addAll(ProducerConfig.configNames());
        known.addAll(ConsumerConfig.configNames());
        return known;
    }

    public String bootstrapServers() {
        return settings.getOrDefault(BOOTSTRAP_SERVERS, DEFAULT_BOOTSTRAP_SERVERS);
    }

    /** All settings, secrets too: for clients only. A new map. */
    public Map<String, Object> toClientConfig() {
        return new HashMap<>(settings);
    }

    /** These settings, and the client's own, which win. */
    Map<String, Object> with(Map<String, Object> own) {
        var config = toClientConfig();
        config.putAll(own);
        return config;
    }

    /** Names of what is set, but only one value: any other may be a secret. */
    @Override
    public String toString() {
        var names = new TreeSet<>(settings.keySet());
        names.remove(BOOTSTRAP_SERVERS);
        return "KafkaSettings[%s%s]".formatted(bootstrapServers(), names.isEmpty() ? "" : ", and " + names);
    }
}
