package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka Streams gives up, since a topic is deleted, or takes no records: the process ends and says why. */
class StreamsGiveUpTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String GROUP = "frl-fairness-controller";

    @TempDir
    Path home;

    @Test
    void the_controller_exits_with_1_and_its_last_line_is_the_cause() throws Exception {
        // Given
        var topics = StandardTopics.create();
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, Layout.SINGLE);
            var controller = processes.start(
                    "controller",
                    "dev.frl.controller.ControllerMain",
                    Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(), "FRL_HOME", home.toString()));
            awaitController(kafka);

            // When
            delete(kafka, topics.epochTrained.name());

            // Then
            assertThat(controller.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(controller.exitValue()).as(log("controller")).isEqualTo(1);
            assertThat(log("controller").lines())
                    .last()
                    .asString()
                    .startsWith("frl controller: ")
                    .contains(topics.epochTrained.name());
        }
    }

    @Test
    void a_topic_that_takes_only_shorter_messages_is_named_with_the_command_that_mends_it() throws Exception {
        // Given
        var topics = StandardTopics.create();
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, Layout.SINGLE);
            try (var admin = Clients.admin(kafka);
                    var producer = Clients.producer(kafka, "test")) {
                var topic = new ConfigResource(ConfigResource.Type.TOPIC, topics.specRejections.name());
                var shorter = new AlterConfigOp(new ConfigEntry("max.message.bytes", "100"), AlterConfigOp.OpType.SET);
                admin.incrementalAlterConfigs(Map.of(topic, List.of(shorter)))
                        .all()
                        .get();
                var controller = processes.start(
                        "controller",
                        "dev.frl.controller.ControllerMain",
                        Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(), "FRL_HOME", home.toString()));

                // When
                producer.send(topics.experimentSpecs.record("x", "kind: None".getBytes(StandardCharsets.UTF_8)))
                        .get();

                // Then
                assertThat(controller.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                        .isTrue();
                assertThat(controller.exitValue()).as(log("controller")).isEqualTo(1);
                assertThat(log("controller").lines())
                        .last()
                        .asString()
                        .startsWith("frl controller: a record for frl.spec-rejections was not taken: ")
                        .contains("`frl topics create`");
            }
        }
    }

    @Test
    void frl_up_ends_too() throws Exception {
        // Given
        try (var processes = new Processes(home)) {
            var up = processes.start(
                    "up", "dev.frl.cli.FrlMain", Map.of(), "up", "--home", home.toString(), "--mlflow", "none");
            await().atMost(LIMIT).until(() -> Files.exists(home.resolve("broker.json")));
            var kafka = KafkaSettings.of(PrettyJson.MAPPER
                    .readTree(Files.readString(home.resolve("broker.json")))
                    .path("bootstrapServers")
                    .asText());
            awaitController(kafka);

            // When
            delete(kafka, "frl.epoch-trained");

            // Then
            assertThat(up.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            assertThat(up.exitValue()).as(log("up")).isEqualTo(1);
            assertThat(log("up").lines())
                    .last()
                    .asString()
                    .startsWith("frl up: the controller failed: ")
                    .contains("frl.epoch-trained");
        }
    }

    private static void awaitController(KafkaSettings kafka) {
        try (var admin = Clients.admin(kafka)) {
            await().atMost(LIMIT)
                    .ignoreExceptions()
                    .until(() -> admin.describeConsumerGroups(List.of(GROUP))
                            .all()
                            .get()
                            .get(GROUP)
                            .groupState()
                            .toString()
                            .equals("Stable"));
        }
    }

    private static void delete(KafkaSettings kafka, String topic) throws Exception {
        try (var admin = Clients.admin(kafka)) {
            admin.deleteTopics(List.of(topic)).all().get();
        }
    }

    private String log(String name) throws Exception {
        return Files.readString(home.resolve(name + ".log"));
    }
}
