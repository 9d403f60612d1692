package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class KafkaSettingsTest {
    @Test
    void variables_and_properties_reach_the_clients_and_properties_win() {
        // Given
        var environment = Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "kafka:9092",
                "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "KAFKA_SASL_MECHANISM", "PLAIN");
        var properties = Map.of("kafka.sasl.mechanism", "SCRAM-SHA-512", "other.thing", "ignored");

        // When
        var settings = KafkaSettings.from(properties, environment);

        // Then
        assertThat(Clients.adminConfig(settings))
                .isEqualTo(Map.of(
                        "bootstrap.servers", "kafka:9092",
                        "security.protocol", "SASL_SSL",
                        "sasl.mechanism", "SCRAM-SHA-512"));
    }

    @Test
    void variables_that_only_share_the_prefix_are_left_alone() {
        // Given
        var environment = Map.of("KAFKA_PORT", "tcp://10.0.0.1:9092", "KAFKA_HEAP_OPTS", "-Xmx1g", "KAFKA_ACKS", "0");

        // When
        var settings = KafkaSettings.from(Map.of(), environment);

        // Then
        assertThat(Clients.adminConfig(settings)).isEqualTo(Map.of("bootstrap.servers", "localhost:9092"));
    }

    @Test
    void all_properties_that_cannot_be_are_named_at_once() {
        // Given
        var properties = Map.of("kafka.acks", "0", "kafka.sasl.mechansim", "PLAIN");

        // When
        assertThatThrownBy(() -> KafkaSettings.from(properties, Map.of()))

                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kafka.acks is set by the pipeline itself; "
                        + "kafka.sasl.mechansim is not a setting of Kafka's clients");
    }

    @Test
    void no_secret_is_printed() {
        // Given
        var settings = KafkaSettings.from(
                Map.of("kafka.sasl.jaas.config", "password=hunter2", "kafka.ssl.key.password", "hunter2"), Map.of());

        // When
        String printed = settings.toString();

        // Then
        assertThat(printed).isEqualTo("KafkaSettings[localhost:9092, and [sasl.jaas.config, ssl.key.password]]");
    }
}
