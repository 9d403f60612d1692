package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.attacker.AttackerService;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.controller.ControllerService;
import dev.frl.core.run.RunEvent;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.StandardTopics;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.trainer.TrainerService;
import dev.frl.worker.WorkerContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trainers that lose their run to another: frozen ones, and ones that are pre-empted again and again. */
class FencingTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final Duration LEASE = Duration.ofSeconds(3);
    /** Kafka delivers a record ten times at most. */
    private static final int PREEMPTIONS = 12;

    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: fencing}
            spec:
              dataset:
                name: gaussian-mixture
                mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                split: {train: 40, validation: 20, test: 20}
              model: {arch: linear}
              training: {method: fgsm-at, epochs: 2, batchSize: 20}
              attack: {training: {epsilon: 0.01}}
              fairness: {policy: none}
            """;

    @TempDir
    Path home;

    private final Topics topics = StandardTopics.create();

    @Test
    void a_run_whose_trainers_are_pre_empted_more_often_than_kafka_delivers_ends_with_its_first_attempt()
            throws Exception {
        // Given: nobody attacks, so each trainer waits for the first fairness update until it is pre-empted
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, new Layout(1, 1, LEASE));
            var worker = new WorkerContext(
                    WorkerContext.engine(null),
                    1,
                    Checkpoints.open(home.resolve("checkpoints").toString(), "", Map.of()),
                    new DataStore(null, home, Progress.NONE));
            try (var controller = new ControllerService(
                            kafka,
                            home.resolve("streams"),
                            topics,
                            new SpecReader(new StandardCatalogue()),
                            ControllerService.RETENTION);
                    var producer = Clients.producer(kafka, "test");
                    var announced = Clients.consumer(kafka, "announced", null);
                    var watch = new Watch(kafka, topics)) {
                controller.start();
                TopicReader.seekToBeginning(announced, topics.epochTrained);
                producer.send(topics.experimentSpecs.record("fencing", SPEC.getBytes(StandardCharsets.UTF_8)))
                        .get();

                // When
                var times = new AtomicInteger();
                for (int i = 1; i <= PREEMPTIONS; i++) {
                    int expected = i;
                    try (var trainer = TrainerService.start(worker, kafka, topics, Clock.systemUTC())) {
                        await().atMost(LIMIT).untilAsserted(() -> {
                            announced.poll(Duration.ofMillis(100)).forEach(record -> times.incrementAndGet());
                            assertThat(times).hasValueGreaterThanOrEqualTo(expected);
                        });
                        assertThat(trainer.ended()).isNotCompleted();
                    }
                }

                // Then
                try (var trainer = TrainerService.start(worker, kafka, topics, Clock.systemUTC());
                        var attacker = AttackerService.start(worker, kafka, topics, Clock.systemUTC())) {
                    watch.untilAllHaveFinished(1, LIMIT);
                    assertThat(trainer.ended()).isNotCompleted();
                    assertThat(attacker.ended()).isNotCompleted();
                }
                assertThat(watch.log().stream()
                                .filter(RunEvent.TrainingRequested.class::isInstance)
                                .map(event -> ((RunEvent.TrainingRequested) event).attempt()))
                        .containsExactly(1);
            }
        }
    }

    @Test
    void a_trainer_that_was_frozen_past_its_lease_writes_over_nothing_and_stops() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, new Layout(1, 1, LEASE));
            var environment = Map.of(
                    "KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                    "FRL_HOME", home.resolve("home").toString(),
                    "FRL_CHECKPOINTS", home.resolve("checkpoints").toString(),
                    "FRL_DATA", TestData.folder().toString(),
                    "FRL_THREADS", "1");
            processes.start("controller", "dev.frl.controller.ControllerMain", environment);
            processes.start("attacker", "dev.frl.attacker.AttackerMain", environment);
            var frozen = processes.start("frozen", "dev.frl.trainer.TrainerMain", environment);
            try (var producer = Clients.producer(kafka, "test");
                    var watch = new Watch(kafka, topics)) {
                producer.send(topics.experimentSpecs.record(
                                "zombie", Specs.twoPoints("zombie", 2000, 3).getBytes(StandardCharsets.UTF_8)))
                        .get();
                watch.until(
                        LIMIT,
                        w -> assertThat(w.histories().values())
                                .anySatisfy(run -> assertThat(run.evaluated()).isNotEmpty()));

                // When
                signal(frozen, "STOP");
                processes.start("other", "dev.frl.trainer.TrainerMain", environment);
                watch.untilAllHaveFinished(3, LIMIT);
                var before = checkpoints();
                int events = watch.log().size();
                signal(frozen, "CONT");
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(Files.readString(home.resolve("frozen.log")))
                                .as("it hears first that its lease is lost, or that its run needs it no more")
                                .containsAnyOf("lease lost", "work dropped; its run needs it no more"));

                // Then
                assertThat(checkpoints()).isEqualTo(before);
                assertThat(frozen.isAlive()).isTrue();
                watch.until(LIMIT, w -> assertThat(w.log()).hasSizeGreaterThanOrEqualTo(events));
                assertThat(watch.histories().values())
                        .allSatisfy(run -> assertThat(run.finished()).isTrue());
            }
        }
    }

    private static void signal(Process process, String name) throws Exception {
        var kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start();
        assertThat(kill.waitFor()).isZero();
    }

    /** Every file of the checkpoints with its time and size. */
    private Map<String, String> checkpoints() throws IOException {
        var found = new TreeMap<String, String>();
        try (var files = Files.walk(home.resolve("checkpoints"))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                found.put(file.toString(), Files.getLastModifiedTime(file) + " " + Files.size(file));
            }
        }
        return new HashMap<>(found);
    }
}
