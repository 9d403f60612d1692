package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.attacker.AttackerService;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.controller.ControllerService;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.service.StandardTopics;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.trainer.TrainerService;
import dev.frl.worker.WorkerContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigResource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise that the pipeline works with brokers from Kafka 4.2: brokers as processes with that version's class path. */
class OlderBrokersTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: older}
            spec:
              dataset: {name: gaussian-mixture, split: {train: 200, validation: 100, test: 100}}
              model: {arch: linear}
              training: {method: natural, epochs: 1}
              attack: {training: {epsilon: 0.01, steps: 2}}
              fairness: {policy: frl-reweight}
            """;

    @TempDir
    Path directory;

    private final Topics topics = StandardTopics.create();

    @ParameterizedTest
    @ValueSource(strings = {"4.2.0", "4.3.1"})
    void an_experiment_that_was_published_before_the_first_worker_joined_finishes(String version) throws Exception {
        // Given
        assertThat(kafkaVersions(OlderBroker.classPath(version))).containsOnly(version);
        try (var broker = OlderBroker.start(version, directory)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            awaitAnswer(kafka);
            var report = TopicAdmin.create(kafka, topics, Layout.SINGLE);

            // Then
            if (version.startsWith("4.2.")) {
                assertThat(report.notes())
                        .singleElement()
                        .asString()
                        .contains("share.delivery.count.limit", "group.share.delivery.count.limit");
            } else {
                assertThat(report.notes()).isEmpty();
            }
            for (var group : List.of(Topics.TRAINERS, Topics.ATTACKERS)) {
                assertThat(config(kafka, group))
                        .containsEntry("share.auto.offset.reset", "earliest")
                        .containsEntry("share.isolation.level", "read_committed")
                        .containsEntry("share.record.lock.duration.ms", "30000");
            }

            // When
            try (var controller = new ControllerService(
                            kafka,
                            directory.resolve("streams"),
                            topics,
                            new SpecReader(new StandardCatalogue()),
                            ControllerService.RETENTION);
                    var watch = new Watch(kafka, topics)) {
                controller.start();
                publish(kafka);
                announceTrainerThatIsGone(kafka);
                awaitAssignment(kafka);
                var context = new WorkerContext(
                        WorkerContext.engine(null),
                        1,
                        new CheckpointStore(directory.resolve("checkpoints"), List.of(directory)),
                        new DataStore(null, directory, Progress.NONE));
                try (var trainer = TrainerService.start(context, kafka, topics, Clock.systemUTC());
                        var attacker = AttackerService.start(context, kafka, topics, Clock.systemUTC())) {

                    // Then
                    watch.untilAllHaveFinished(1, LIMIT);
                    assertThat(Stream.of(trainer, attacker))
                            .noneMatch(s -> s.ended().isDone());
                }
            }
        }
    }

    @Test
    void a_directory_of_an_older_broker_keeps_its_messages_and_its_feature_levels() throws Exception {
        // Given
        try (var broker = OlderBroker.start("4.3.1", directory)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            awaitAnswer(kafka);
            TopicAdmin.create(kafka, topics, Layout.SINGLE);
            publish(kafka);
        }

        // When
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());

            // Then
            var report = TopicAdmin.create(kafka, topics, Layout.SINGLE);
            assertThat(report.created()).isEmpty();
            assertThat(report.notes()).isEmpty();
            assertThat(report.mended())
                    .as("what only newer brokers know")
                    .isNotEmpty()
                    .allMatch(mended -> mended.contains("max.decompressed.message.bytes"));
            try (var consumer = Clients.consumer(kafka, "test", null);
                    var admin = Clients.admin(kafka)) {
                TopicReader.seekToBeginning(consumer, topics.experimentSpecs);
                await().atMost(LIMIT)
                        .until(() -> !consumer.poll(Duration.ofMillis(200)).isEmpty());
                assertThat(admin.describeFeatures()
                                .featureMetadata()
                                .get()
                                .finalizedFeatures()
                                .get("share.version")
                                .maxVersionLevel())
                        .isEqualTo((short) 1);
            }
        }
    }

    /** The broker creates topics on demand, as Kafka does by default. */
    @Test
    void submit_and_list_say_at_once_that_topics_are_missing_a_service_waits_for_them_and_none_creates_them()
            throws Exception {
        // Given
        var spec = Files.writeString(directory.resolve("spec.yaml"), SPEC);
        try (var broker = OlderBroker.start("4.3.1", directory);
                var processes = new Processes(directory)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            awaitAnswer(kafka);

            // When
            var submit = cli(processes, broker, "submit", spec.toString());
            var list = cli(processes, broker, "list");
            var trainer = processes.start(
                    "trainer",
                    "dev.frl.trainer.TrainerMain",
                    Map.of(
                            "KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                            "FRL_HOME", directory.toString()));

            // Then
            for (var process : List.of(submit, list)) {
                assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
                assertThat(process.exitValue()).isEqualTo(1);
            }
            String command = "`frl topics create --bootstrap " + broker.bootstrapServers() + "`";
            assertThat(log("submit")).contains("has no topic of frl", command);
            assertThat(log("list")).contains("has no topic frl.run-status", command);
            await().atMost(LIMIT)
                    .untilAsserted(() ->
                            assertThat(log("trainer")).contains("waiting: Kafka at", "has no topic of frl", command));
            assertThat(trainer.isAlive()).isTrue();
            try (var admin = Clients.admin(kafka)) {
                assertThat(admin.listTopics().names().get()).isEmpty();
            }
        }
    }

    private static Process cli(Processes processes, OlderBroker broker, String... args) throws Exception {
        return processes.start(
                args[0], "dev.frl.cli.FrlMain", Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers()), args);
    }

    private String log(String name) throws Exception {
        return Files.readString(directory.resolve(name + ".log"));
    }

    private static Stream<String> kafkaVersions(String classPath) {
        return Stream.of(classPath.split(":", -1))
                .map(jar -> Path.of(jar).getFileName().toString())
                .filter(jar -> jar.startsWith("kafka"))
                .map(jar -> jar.replaceAll(".*-([0-9.]+)\\.jar", "$1"));
    }

    private static void awaitAnswer(KafkaSettings kafka) {
        await().atMost(LIMIT).ignoreExceptions().until(() -> {
            ClusterCheck.withoutShareGroups(kafka);
            return true;
        });
    }

    private void publish(KafkaSettings kafka) throws Exception {
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(topics.experimentSpecs.record("older", SPEC.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    /** So that the run is assigned before anybody reads assignments. */
    private void announceTrainerThatIsGone(KafkaSettings kafka) throws Exception {
        var now = Instant.now();
        var trainer = new WorkerStatus(
                "trainer", "gone", "1", "engine", null, WorkerStatus.State.IDLE, null, null, null, now, now);
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(topics.workers.record(trainer.key(), trainer)).get();
        }
    }

    private void awaitAssignment(KafkaSettings kafka) {
        try (var consumer = Clients.consumer(kafka, "test", null)) {
            TopicReader.seekToBeginning(consumer, topics.runAssignments);
            await().atMost(LIMIT)
                    .until(() -> !consumer.poll(Duration.ofMillis(200)).isEmpty());
        }
    }

    private static Map<String, String> config(KafkaSettings kafka, String group) throws Exception {
        var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        try (var admin = Clients.admin(kafka)) {
            var config = new TreeMap<String, String>();
            admin.describeConfigs(List.of(resource))
                    .all()
                    .get()
                    .get(resource)
                    .entries()
                    .forEach(entry -> config.put(entry.name(), entry.value()));
            return config;
        }
    }
}
