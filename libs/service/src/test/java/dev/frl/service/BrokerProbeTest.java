package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import java.io.IOException;
import java.net.ServerSocket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Without a broker; the end-to-end tests of the images have one. */
@Timeout(60)
class BrokerProbeTest {
    private long now;

    @Test
    void brokers_that_do_not_answer_are_named_with_the_variable_to_correct() throws IOException {
        // Given
        String servers;
        try (var free = new ServerSocket(0)) {
            servers = "127.0.0.1:" + free.getLocalPort();
        }
        var kafka = KafkaSettings.of(servers);

        // When
        Optional<String> trouble;
        try (var probe = new BrokerProbe(servers, () -> Clients.admin(kafka), () -> now)) {
            trouble = probe.trouble();
        }

        // Then
        assertThat(trouble)
                .hasValueSatisfying(line -> assertThat(line)
                        .startsWith("no broker answers at " + servers)
                        .contains("KAFKA_BOOTSTRAP_SERVERS"));
    }

    @Test
    void hosts_without_an_address_are_told_as_such() {
        // Given
        var kafka = KafkaSettings.of("broker.invalid:9092");

        // When
        Optional<String> trouble;
        try (var probe = new BrokerProbe(kafka.bootstrapServers(), () -> Clients.admin(kafka), () -> now)) {
            trouble = probe.trouble();
        }

        // Then
        assertThat(trouble)
                .hasValueSatisfying(line -> assertThat(line)
                        .startsWith("no broker answers at broker.invalid:9092 (No resolvable bootstrap urls")
                        .endsWith("start the brokers, or correct KAFKA_BOOTSTRAP_SERVERS"));
    }

    @Test
    void an_answer_is_kept_for_a_few_seconds() {
        // Given
        var questions = new AtomicInteger();
        try (var probe = new BrokerProbe(
                "kafka:9092",
                () -> {
                    questions.incrementAndGet();
                    throw new KafkaException("no such host");
                },
                () -> now)) {
            // When
            probe.trouble();
            now = BrokerProbe.KEPT.toNanos() - 1;
            probe.trouble();
            int within = questions.get();
            now = BrokerProbe.KEPT.toNanos();
            probe.trouble();

            // Then
            assertThat(within).isEqualTo(1);
            assertThat(questions).hasValue(2);
        }
    }
}
