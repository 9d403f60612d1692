package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.admin.StateCheck;
import dev.frl.messaging.admin.TopicReset;
import dev.frl.messaging.client.ClusterReport.Check;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a cluster, what fits, and what a reset leaves. */
@Timeout(120)
class ClusterReportTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Topics topics = Samples.topics();

    @Test
    void every_check_is_fine_once_the_topics_are_created_and_each_fault_is_named() throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            // Given
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var before = report(settings, InstantSource.system());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);

            // When
            var fine = report(settings, InstantSource.system());
            change(settings, ConfigResource.Type.TOPIC, "frl.run-log", "retention.ms", "1000");
            change(settings, ConfigResource.Type.GROUP, Topics.TRAINERS, "share.auto.offset.reset", "latest");
            var wrong = report(settings, () -> InstantSource.system().instant().plus(Duration.ofHours(2)));

            // Then
            assertThat(before.get("topics").ok()).isFalse();
            assertThat(before.get("topics").found()).startsWith("33 of 33 are missing");
            assertThat(before.get("topics").fix()).startsWith("frl topics create --bootstrap 127.0.0.1:");
            assertThat(fine.values())
                    .allSatisfy(
                            check -> assertThat(check.ok()).as(check.toString()).isTrue());
            assertThat(fine.keySet())
                    .containsExactlyInAnyOrder(
                            "share groups",
                            "topics",
                            "topic settings",
                            "groups",
                            "rights",
                            "transactions",
                            "open transactions",
                            "clock");
            assertThat(wrong.get("topic settings").found()).contains("frl.run-log has retention.ms=1000");
            assertThat(wrong.get("groups").found()).contains("frl-trainers has share.auto.offset.reset=latest");
            assertThat(wrong.get("clock").ok()).isFalse();
            assertThat(wrong.get("clock").found()).contains(" s ahead of the brokers");
        }
    }

    @Test
    void a_transaction_that_somebody_left_open_is_named_with_the_command_that_aborts_it() throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            // Given
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            write(settings, "frl.run-log");
            var config = settings.config(
                    KafkaSettings.Kind.PRODUCER,
                    Map.of(),
                    Map.of("transactional.id", "left-open", "client.id", "test"));
            try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>("frl.run-log", 0, null, new byte[] {1}))
                        .get();

                // When
                var soon = report(settings, InstantSource.system()).get("open transactions");
                var later = report(settings, () -> Instant.now().plus(Duration.ofMinutes(5)))
                        .get("open transactions");
                producer.abortTransaction();
                var aborted = report(settings, () -> Instant.now().plus(Duration.ofMinutes(5)))
                        .get("open transactions");

                // Then
                assertThat(soon.ok()).isTrue();
                assertThat(later.ok()).isFalse();
                assertThat(later.found())
                        .containsPattern("frl.run-log-0 since 20\\S+Z by producer \\d+, transactional id left-open");
                assertThat(later.fix())
                        .endsWith(String.format(
                                Locale.ROOT,
                                "kafka-transactions.sh --bootstrap-server %s abort --topic frl.run-log --partition 0 --start-offset 1",
                                broker.bootstrapServers()));
                assertThat(aborted.ok()).isTrue();
            }
        }
    }

    @Test
    void state_that_is_not_of_these_topics_is_told_and_a_reset_leaves_nothing() throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            // Given
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            StateCheck.require(settings, topics);
            for (String topic : List.of(
                    "frl.run-log",
                    "frl.experiment-log",
                    "frl-fairness-controller-run-facts-changelog",
                    "frl-fairness-controller-experiment-facts-changelog")) {
                write(settings, topic);
            }
            assertThatCode(() -> StateCheck.require(settings, topics)).doesNotThrowAnyException();

            // When
            delete(settings, "frl.experiment-log");
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);

            // Then
            assertThatThrownBy(() -> StateCheck.require(settings, topics))
                    .isInstanceOf(UnpreparedClusterException.class)
                    .hasMessageContaining("frl.experiment-log is empty")
                    .hasMessageContaining("frl topics reset --bootstrap 127.0.0.1:");

            // When: and so is a changelog that was deleted
            write(settings, "frl.experiment-log");
            try (var controller = Clients.consumer(settings, "test", Topics.CONTROLLERS)) {
                controller.commitSync(Map.of(new TopicPartition("frl.run-signals", 0), new OffsetAndMetadata(1)));
            }
            delete(settings, "frl-fairness-controller-run-facts-changelog");
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);

            // Then
            assertThatThrownBy(() -> StateCheck.require(settings, topics))
                    .hasMessageContaining("frl-fairness-controller-run-facts-changelog is: the changelog was deleted");

            // When
            TopicReset.delete(settings, topics);

            // Then
            assertThat(TopicReset.look(settings, topics).isEmpty()).isTrue();
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            StateCheck.require(settings, topics);
        }
    }

    private Map<String, Check> report(KafkaSettings settings, InstantSource clock) throws Exception {
        return ClusterReport.of(settings, topics, clock).stream()
                .collect(Collectors.toMap(Check::what, check -> check));
    }

    private static void write(KafkaSettings settings, String topic) throws Exception {
        try (var producer = Clients.producer(settings, "test")) {
            producer.send(new ProducerRecord<>(topic, "key", new byte[1])).get();
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

    private static void change(
            KafkaSettings settings, ConfigResource.Type type, String name, String setting, String value)
            throws Exception {
        var resource = new ConfigResource(type, name);
        try (var admin = Clients.admin(settings)) {
            admin.incrementalAlterConfigs(Map.of(
                            resource,
                            List.of(new AlterConfigOp(new ConfigEntry(setting, value), AlterConfigOp.OpType.SET))))
                    .all()
                    .get();
            while (!value.equals(admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .get(setting)
                    .value())) {
                Thread.sleep(20);
            }
        }
    }
}
