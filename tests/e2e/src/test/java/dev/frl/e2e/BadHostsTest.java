package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.CompactedTopic;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hosts that lack something, as separate processes. */
class BadHostsTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path home;

    private String servers = "";

    @Test
    void no_run_fails_while_one_good_worker_is_there_and_bad_ones_pause_with_the_reason() throws Exception {
        // Given
        var topics = StandardTopics.create();
        var empty = Files.createDirectories(home.resolve("empty"));
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            servers = broker.bootstrapServers();
            var kafka = KafkaSettings.of(servers);
            TopicAdmin.create(kafka, topics, new Layout(1, 1, Duration.ofSeconds(3)));
            processes.start("controller", "dev.frl.controller.ControllerMain", environment(Map.of()));
            try (var producer = Clients.producer(kafka, "test");
                    var watch = new Watch(kafka, topics)) {
                producer.send(topics.experimentSpecs.record(
                                "hosts", Specs.twoPoints("hosts", 500, 2).getBytes(StandardCharsets.UTF_8)))
                        .get();
                watch.until(LIMIT, w -> assertThat(w.histories()).hasSize(3));

                // When: a link to itself is where the trainer wants to write
                var first = watch.log().stream()
                        .filter(RunEvent.TrainingRequested.class::isInstance)
                        .map(RunEvent::runId)
                        .findFirst();
                var link = Files.createDirectories(home.resolve("checkpoints"))
                        .resolve(first.orElseGet(() -> watch.histories().values().stream()
                                .filter(history -> history.plan().warmStart())
                                .findFirst()
                                .orElseThrow()
                                .plan()
                                .runId()));
                Files.createSymbolicLink(link, link);
                processes.start("trainer", "dev.frl.trainer.TrainerMain", environment(Map.of()));
                says("trainer", link.getFileName().toString());
                Files.delete(link);

                // And attackers that lack something are there before the good one
                var attacker = "dev.frl.attacker.AttackerMain";
                processes.start("without-data", attacker, environment(Map.of("FRL_DATA", empty.toString())));
                processes.start(
                        "without-checkpoints", attacker, environment(Map.of("FRL_CHECKPOINTS", empty.toString())));
                processes.start(List.of("-Xmx64m"), "without-memory", attacker, environment(Map.of()));
                says("without-data", "data");
                says("without-checkpoints", "FRL_CHECKPOINT");
                says("without-memory", "FRL_HEAP");
                processes.start("good", attacker, environment(Map.of()));

                // Then
                watch.untilAllHaveFinished(3, LIMIT);
            }
        }
    }

    private void waitsWith(KafkaSettings kafka, Phase phase, String reason) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(CompactedTopic.latest(kafka, StandardTopics.create().runStatus, LIMIT)
                                .values())
                        .singleElement()
                        .satisfies(status -> {
                            assertThat(status.phase()).isEqualTo(phase);
                            assertThat(status.reason()).contains(reason);
                        }));
    }

    private static void mend(Path data) throws Exception {
        try (var files = Files.list(TestData.folder())) {
            for (var file : files.toList()) {
                Files.createSymbolicLink(data.resolve(file.getFileName()), file);
            }
        }
    }

    /** Waits until the log of a process says that it pauses, and why. */
    private void says(String process, String reason) {
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(Files.readString(home.resolve(process + ".log"))
                                .lines()
                                .filter(line -> line.contains("takes no records for a while")))
                        .anySatisfy(line -> assertThat(line).contains(reason)));
    }

    @Test
    void a_run_whose_only_workers_are_bad_waits_with_the_reason_and_goes_on_once_they_are_mended() throws Exception {
        // Given
        var topics = StandardTopics.create();
        var ofTrainer = Files.createDirectories(home.resolve("data-of-trainer"));
        var ofAttacker = Files.createDirectories(home.resolve("data-of-attacker"));
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            servers = broker.bootstrapServers();
            var kafka = KafkaSettings.of(servers);
            TopicAdmin.create(kafka, topics, new Layout(1, 1, Duration.ofSeconds(3)));
            processes.start("controller", "dev.frl.controller.ControllerMain", environment(Map.of()));
            processes.start(
                    "trainer", "dev.frl.trainer.TrainerMain", environment(Map.of("FRL_DATA", ofTrainer.toString())));
            processes.start(
                    "attacker",
                    "dev.frl.attacker.AttackerMain",
                    environment(Map.of("FRL_DATA", ofAttacker.toString())));
            try (var producer = Clients.producer(kafka, "test");
                    var watch = new Watch(kafka, topics)) {
                // When
                producer.send(topics.experimentSpecs.record(
                                "alone", Specs.alone("alone").getBytes(StandardCharsets.UTF_8)))
                        .get();

                // Then
                says("trainer", "fashion-mnist");
                waitsWith(kafka, Phase.QUEUED, "fashion-mnist");

                // When
                mend(ofTrainer);

                // Then
                says("attacker", "fashion-mnist");
                waitsWith(kafka, Phase.EVALUATING, "fashion-mnist");

                // When
                mend(ofAttacker);

                // Then
                watch.untilAllHaveFinished(1, LIMIT);
            }
        }
    }

    private Map<String, String> environment(Map<String, String> other) throws InterruptedException {
        var environment = new HashMap<String, String>();
        environment.put("KAFKA_BOOTSTRAP_SERVERS", servers);
        environment.put("FRL_HOME", home.resolve("home").toString());
        environment.put("FRL_CHECKPOINTS", home.resolve("checkpoints").toString());
        environment.put("FRL_DATA", TestData.folder().toString());
        environment.put("FRL_THREADS", "1");
        environment.putAll(other);
        environment.values().removeIf(String::isEmpty);
        return environment;
    }
}
