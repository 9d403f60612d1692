package dev.frl.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import io.cloudevents.CloudEvent;
import io.cloudevents.SpecVersion;
import io.cloudevents.kafka.KafkaMessageFactory;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class CloudEventsTest {
    private static final Topics TOPICS = Samples.topics();
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00.123Z");

    @TempDir
    Path directory;

    @Test
    @Timeout(120)
    void the_sdk_of_cloudevents_reads_a_status_from_a_broker() throws Exception {
        // Given
        var status = new Samples(1).status();
        var message = TOPICS.runStatus.record("run-1", status);
        CloudEvents.addHeaders(message.headers(), CloudEvents.RUN_STATUS, "run-1", NOW, message.value());

        // When
        CloudEvent event = null;
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, TOPICS, TopicAdmin.Layout.SINGLE);
            try (var producer = Clients.producer(settings, "test");
                    var consumer = Clients.consumer(settings, "test", null)) {
                producer.send(message).get();
                TopicReader.seekToBeginning(consumer, TOPICS.runStatus);
                while (event == null) {
                    for (var record : consumer.poll(Duration.ofSeconds(1))) {
                        event = KafkaMessageFactory.createReader(record).toEvent();
                    }
                }
            }
        }

        // Then
        assertThat(event.getSpecVersion()).isEqualTo(SpecVersion.V1);
        assertThat(event.getType()).isEqualTo("dev.frl.run.status");
        assertThat(event.getSource()).isEqualTo(URI.create("/frl/controller"));
        assertThat(event.getSubject()).isEqualTo("run-1");
        assertThat(event.getTime()).isEqualTo(NOW.atOffset(ZoneOffset.UTC));
        assertThat(event.getDataContentType()).isEqualTo("application/avro");
        assertThat(TOPICS.runStatus.codec().decode(event.getData().toBytes())).isEqualTo(status);
    }

    @Test
    void another_status_has_another_id_and_the_same_status_the_same() {
        assertThat(id("run-1", NOW, 1))
                .isEqualTo(id("run-1", NOW, 1))
                .isNotEqualTo(id("run-2", NOW, 1))
                .isNotEqualTo(id("run-1", NOW.plusMillis(1), 1))
                .isNotEqualTo(id("run-1", NOW, 2));
    }

    private static String id(String subject, Instant time, int value) {
        var headers = new RecordHeaders();
        CloudEvents.addHeaders(headers, CloudEvents.RUN_STATUS, subject, time, new byte[] {(byte) value});
        return new String(headers.lastHeader("ce_id").value(), java.nio.charset.StandardCharsets.UTF_8);
    }
}
