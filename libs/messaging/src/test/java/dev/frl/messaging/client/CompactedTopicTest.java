package dev.frl.messaging.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.HostOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class CompactedTopicTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Topics topics = Samples.topics();

    @Test
    void the_latest_message_of_each_key_counts_and_a_tombstone_deletes_it() throws Exception {
        // Given
        var topic = topics.workerCommands;
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            assertThatThrownBy(() -> CompactedTopic.latest(settings, topic, PATIENCE))
                    .isInstanceOf(MissingTopicException.class);
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.replicated(1));
            var empty = CompactedTopic.latest(settings, topic, PATIENCE);
            var messages = List.of(
                    topic.record("a", order("a", true)),
                    topic.record("b", order("b", true)),
                    topic.record("c", order("c", true)),
                    topic.record("a", order("a", false)),
                    topic.tombstone("b"),
                    new ProducerRecord<>(topic.name(), "d", "garbage".getBytes(UTF_8)));
            try (var producer = Clients.producer(settings, "test")) {
                for (var message : messages) {
                    producer.send(message).get();
                }
            }

            // When
            var latest = CompactedTopic.latest(settings, topic, PATIENCE);

            // Then
            assertThat(empty).isEmpty();
            assertThat(latest).isEqualTo(Map.of("a", order("a", false), "c", order("c", true)));
        }
    }

    private static HostOrder order(String host, boolean drain) {
        return new HostOrder(host, drain, Instant.EPOCH);
    }
}
