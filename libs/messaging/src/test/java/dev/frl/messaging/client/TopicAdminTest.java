package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TopicAdminTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Topics topics = Samples.topics();

    @Test
    void creating_topics_again_changes_nothing() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var first = TopicAdmin.create(settings, topics, TopicAdmin.Layout.replicated(1));

            // When
            var second = TopicAdmin.create(settings, topics, TopicAdmin.Layout.replicated(1));

            // Then
            assertThat(first).contains("frl.run-log", "dlq.frl.attack-shards").hasSize(21);
            assertThat(second).isEmpty();
            assertThat(config(settings, ConfigResource.Type.TOPIC, "frl.run-log"))
                    .containsEntry("retention.ms", "-1");
            assertThat(config(settings, ConfigResource.Type.TOPIC, "frl.run-status"))
                    .containsEntry("cleanup.policy", "compact");
            assertThat(config(settings, ConfigResource.Type.GROUP, Topics.ATTACKERS))
                    .containsEntry("share.auto.offset.reset", "earliest")
                    .containsEntry("share.isolation.level", "read_committed")
                    .containsEntry("share.record.lock.duration.ms", "30000")
                    .containsEntry("share.delivery.count.limit", "10");
        }
    }

    @Test
    void topics_that_cannot_be_joined_are_refused() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            try (var admin = Clients.admin(settings)) {
                admin.createPartitions(Map.of("frl.epoch-trained", NewPartitions.increaseTo(3)))
                        .all()
                        .get();
                var described = List.of("frl.epoch-trained");
                while (admin.describeTopics(described).allTopicNames().get().values().stream()
                        .anyMatch(d -> d.partitions().size() < 3)) {
                    Thread.sleep(20);
                }
            }

            // When
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE))

                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("topics differ in their numbers of partitions")
                    .hasMessageContaining("frl.epoch-trained=3");
        }
    }

    @Test
    void what_kafka_refuses_is_said() {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var layout = new TopicAdmin.Layout(1, 3, Duration.ofSeconds(30));

            // When
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, layout))

                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Kafka at " + broker.bootstrapServers() + " refused: ")
                    .hasMessageContaining("replication factor");
        }
    }

    private static Map<String, String> config(KafkaSettings settings, ConfigResource.Type type, String name)
            throws Exception {
        var resource = new ConfigResource(type, name);
        try (var admin = Clients.admin(settings)) {
            var entries = admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .values()
                    .iterator()
                    .next()
                    .entries();
            var config = new java.util.HashMap<String, String>();
            entries.forEach(e -> config.put(e.name(), e.value()));
            return config;
        }
    }
}
