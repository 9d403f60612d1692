package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Role;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.admin.FeatureUpdate;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.UpdateFeaturesOptions;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
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
            assertThat(first.created())
                    .contains("frl.run-log", "dlq.frl.attack-shards")
                    .hasSize(33);
            assertThat(second).isEqualTo(new TopicAdmin.Report(List.of(), List.of(), List.of()));
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

    /** Who is next among all runs is decided in one place. */
    @Test
    void a_topic_with_its_own_number_of_partitions_has_it_whatever_the_others_have_and_no_other() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, layout(3));
            int others = partitions(settings, "frl.run-signals");
            int own = partitions(settings, "frl.turn-signals");
            ClusterCheck.requireReady(settings, topics, Role.CLI);
            delete(settings, "frl.turn-signals");
            createTopic(settings, new NewTopic("frl.turn-signals", 3, (short) 1));

            // When
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, layout(3)))

                    // Then
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("frl.turn-signals has 3 partitions, but the controller needs 1")
                    .hasMessageContaining("--delete --topic frl.turn-signals`");
            assertThatThrownBy(() -> ClusterCheck.requireReady(settings, topics, Role.CLI))
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("frl.turn-signals has 3 partitions");
            assertThat(others).isEqualTo(3);
            assertThat(own).isEqualTo(1);
        }
    }

    /** Kafka assigns each member some of the partitions, so that work in the others would wait beside idle workers. */
    @Test
    void the_topics_of_share_groups_have_one_partition_and_one_with_more_is_kept_with_a_note() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            createTopic(settings, new NewTopic("frl.run-assignments", 3, (short) 1));

            // When
            var report = TopicAdmin.create(settings, topics, layout(3));

            // Then
            assertThat(partitions(settings, "frl.attack-shards")).isEqualTo(1);
            assertThat(partitions(settings, "frl.shard-attacked")).isEqualTo(3);
            assertThat(partitions(settings, "frl.run-assignments")).isEqualTo(3);
            assertThat(report.notes())
                    .singleElement()
                    .asString()
                    .contains("frl.run-assignments has 3 partitions", "idle");
            ClusterCheck.requireReady(settings, topics, Role.CLI);
        }
    }

    @Test
    void a_missing_topic_gets_as_many_partitions_as_its_siblings() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, layout(3));
            delete(settings, "frl.run-signals");

            // When
            var report = TopicAdmin.create(settings, topics, layout(4));

            // Then
            assertThat(report)
                    .isEqualTo(new TopicAdmin.Report(
                            List.of("frl.run-signals"),
                            List.of(),
                            List.of("the topics keep their number of partitions, 3 instead of 4")));
            assertThat(partitions(settings, "frl.run-signals")).isEqualTo(3);
        }
    }

    @Test
    void a_record_that_grows_when_it_is_decompressed_is_refused() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, layout(1));
            var properties = Map.<String, Object>of(
                    "bootstrap.servers",
                    broker.bootstrapServers(),
                    "compression.type",
                    "gzip",
                    "max.request.size",
                    64 << 20);
            try (var producer = new KafkaProducer<>(properties, new StringSerializer(), new ByteArraySerializer())) {

                // When
                var sent = producer.send(new ProducerRecord<>("frl.shard-attacked", "run", new byte[32 << 20]));

                // Then
                assertThat(sent).failsWithin(Duration.ofSeconds(60));
            }
        }
    }

    /** As brokers create topics on demand. */
    @Test
    void an_empty_topic_that_something_else_created_is_mended() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, layout(3));
            delete(settings, "frl.run-status");
            createTopic(settings, new NewTopic("frl.run-status", 1, (short) 1));

            // When
            var report = TopicAdmin.create(settings, topics, layout(3));

            // Then
            assertThat(report)
                    .isEqualTo(new TopicAdmin.Report(
                            List.of(),
                            List.of(
                                    "frl.run-status: 3 partitions",
                                    "frl.run-status: cleanup.policy=compact",
                                    "frl.run-status: max.decompressed.message.bytes=1114112",
                                    "frl.run-status: max.message.bytes=1114112",
                                    "frl.run-status: min.cleanable.dirty.ratio=0.1",
                                    "frl.run-status: segment.bytes=8388608",
                                    "frl.run-status: segment.ms=3600000"),
                            List.of()));
            assertThat(partitions(settings, "frl.run-status")).isEqualTo(3);
            assertThat(TopicAdmin.create(settings, topics, layout(3)).mended()).isEmpty();
        }
    }

    @Test
    void what_somebody_chose_for_a_topic_stays_and_the_command_that_changes_it_is_named() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            createTopic(
                    settings,
                    new NewTopic("frl.run-log", 1, (short) 1)
                            .configs(Map.of("retention.ms", "60000", "max.message.bytes", "9000000")));

            // When
            var report = TopicAdmin.create(settings, topics, layout(1));

            // Then
            assertThat(report.notes())
                    .containsExactly(String.format(
                            Locale.ROOT,
                            "frl.run-log has retention.ms=60000, and frl needs -1: `kafka-configs.sh --bootstrap-server %s --alter --topic frl.run-log --add-config retention.ms=-1`",
                            broker.bootstrapServers()));
            assertThat(config(settings, ConfigResource.Type.TOPIC, "frl.run-log"))
                    .containsEntry("retention.ms", "60000")
                    .containsEntry("max.message.bytes", "9000000");
        }
    }

    @Test
    void a_lease_that_the_brokers_do_not_allow_is_named() {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var layout = new TopicAdmin.Layout(1, 1, Duration.ofHours(2));

            // When
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, layout))

                    // Then
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("share.record.lock.duration.ms=7200000")
                    .hasMessageContaining("--lease");
        }
    }

    @Test
    void a_cluster_without_share_groups_is_named_with_the_command_that_enables_them() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            try (var admin = Clients.admin(settings)) {
                admin.updateFeatures(
                                Map.of(
                                        "share.version",
                                        new FeatureUpdate((short) 0, FeatureUpdate.UpgradeType.SAFE_DOWNGRADE)),
                                new UpdateFeaturesOptions())
                        .all()
                        .get();
                while (ClusterCheck.withoutShareGroups(settings).isEmpty()) {
                    Thread.sleep(20);
                }
            }
            String command = String.format(
                    Locale.ROOT,
                    "`kafka-features.sh --bootstrap-server %s upgrade --feature share.version=1`",
                    broker.bootstrapServers());

            // When
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE))

                    // Then
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("share groups disabled")
                    .hasMessageContaining(command);
            assertThatThrownBy(() -> ClusterCheck.awaitReady(settings, topics, Role.CLI))
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining(command);
        }
    }

    @Test
    void a_service_is_told_of_a_missing_topic_and_of_topics_that_cannot_be_joined() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, layout(2));
            ClusterCheck.awaitReady(settings, topics, Role.CLI);
            delete(settings, "frl.shard-attacked");

            // When
            assertThatThrownBy(() -> ClusterCheck.awaitReady(settings, topics, Role.CLI))

                    // Then
                    .isInstanceOf(MissingTopicException.class)
                    .hasMessage(String.format(
                            Locale.ROOT,
                            "Kafka at %1$s has no topic frl.shard-attacked; create the topics with `frl topics create --bootstrap %1$s`",
                            broker.bootstrapServers()));
            createTopic(settings, new NewTopic("frl.shard-attacked", 5, (short) 1));
            assertThatThrownBy(() -> ClusterCheck.awaitReady(settings, topics, Role.CLI))
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("frl.shard-attacked=5, the others 2");
            assertThatThrownBy(() -> TopicAdmin.create(settings, topics, layout(2)))
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("--delete --topic frl.shard-attacked`");
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

    private static TopicAdmin.Layout layout(int partitions) {
        return new TopicAdmin.Layout(partitions, 1, Duration.ofSeconds(30));
    }

    /** Returns when the broker that answers knows it. */
    private static void createTopic(KafkaSettings settings, NewTopic topic) throws Exception {
        try (var admin = Clients.admin(settings)) {
            admin.createTopics(List.of(topic)).all().get();
            while (!admin.listTopics().names().get().contains(topic.name())) {
                Thread.sleep(20);
            }
        }
    }

    private static void delete(KafkaSettings settings, String topic) throws Exception {
        try (var admin = Clients.admin(settings)) {
            admin.deleteTopics(List.of(topic)).all().get();
            while (admin.listTopics().names().get().contains(topic)) {
                Thread.sleep(20);
            }
        }
    }

    private static int partitions(KafkaSettings settings, String topic) throws Exception {
        try (var admin = Clients.admin(settings)) {
            return admin.describeTopics(List.of(topic))
                    .allTopicNames()
                    .get()
                    .get(topic)
                    .partitions()
                    .size();
        }
    }
}
