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
 * Settings of all Kafka clients. Every client setting of Kafka can be given, TLS and SASL included: as a property such as
 * {@code kafka.security.protocol}, or as an environment variable such as {@code KAFKA_SECURITY_PROTOCOL}.
 */
public final class KafkaSettings {
    public static final String DEFAULT_BOOTSTRAP_SERVERS = "localhost:9092";
    /** Prefix of the properties that hold client settings. */
    public static final String PROPERTY = "kafka.";

    private static final String VARIABLE = "KAFKA_";
    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";

    /** The pipeline's correctness depends on these, so users cannot set them. */
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

    /** Settings with only an address. */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(Map.of(BOOTSTRAP_SERVERS, bootstrapServers));
    }

    /**
     * Reads the configuration.
     *
     * @param properties of which those with the prefix {@code kafka.} count; they win over variables
     * @param environment variables named {@code KAFKA_} and a client setting in capitals. Others are ignored, since Kubernetes
     *     and Kafka's own scripts use the prefix too.
     * @throws IllegalArgumentException listing all properties that are not a client setting or that the pipeline sets itself
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

    /** All settings, secrets included: for clients only. A new map. */
    public Map<String, Object> toClientConfig() {
        return new HashMap<>(settings);
    }

    /** These settings and a client's own, which win. */
    Map<String, Object> with(Map<String, Object> own) {
        var config = toClientConfig();
        config.putAll(own);
        return config;
    }

    /** The address and the names of the other settings, without their values: they may be secrets. */
    @Override
    public String toString() {
        var names = new TreeSet<>(settings.keySet());
        names.remove(BOOTSTRAP_SERVERS);
        return "KafkaSettings[%s%s]".formatted(bootstrapServers(), names.isEmpty() ? "" : ", and " + names);
    }
}
