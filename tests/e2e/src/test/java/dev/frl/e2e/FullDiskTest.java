package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.attacker.AttackerService;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.controller.ControllerService;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunHistory;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.worker.WorkerContext;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A trainer that cannot write the next checkpoint: a limit on the size of its files stands in for a disk that only root can fill. */
@EnabledOnOs(OS.LINUX)
class FullDiskTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int EPOCHS = 5;
    /** Less than the weights of one epoch have, and more than the rest of what a trainer writes. */
    private static final int BYTES = 60_000;

    @TempDir
    Path home;

    private final Topics topics = StandardTopics.create();

    private static String spec(int generation, String more) {
        return String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: full, generation: %d}
                spec:
                  dataset:
                    name: gaussian-mixture
                    mixture: {d: 20000, eta: 0.02, sigma: 0.02, k: 4}
                    split: {train: 100, validation: 50, test: 20}
                  model: {arch: linear}
                  training: {method: fgsm-at, epochs: %d, batchSize: 20}
                  attack: {training: {epsilon: 0.01}, test: {best: true}}
                  fairness: {policy: frl-reweight}
                %s
                """, generation, EPOCHS, more);
    }

    @Test
    void a_run_whose_checkpoint_found_no_room_waits_with_the_reason_and_ends_with_the_same_numbers_once_there_is_room()
            throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no prlimit here");
        // Given
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, new Layout(1, 1, Duration.ofSeconds(10)));
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
                    var watch = new Watch(kafka, topics)) {
                controller.start();
                var trainer = processes.start(
                        "trainer",
                        "dev.frl.trainer.TrainerMain",
                        Map.of(
                                "KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                                "FRL_HOME", home.resolve("home").toString(),
                                "FRL_CHECKPOINTS", home.resolve("checkpoints").toString(),
                                "FRL_THREADS", "1"));
                var keeping = spec(1, "  checkpoints: {keep: {last: 1}}");
                producer.send(topics.experimentSpecs.record("full", keeping.getBytes(StandardCharsets.UTF_8)))
                        .get();
                watch.until(
                        LIMIT,
                        w -> assertThat(w.histories().values())
                                .singleElement()
                                .satisfies(run -> assertThat(run.trained()).containsOnlyKeys(0)));

                // When
                limit(trainer, String.valueOf(BYTES));
                try (var attacker = AttackerService.start(worker, kafka, topics, Clock.systemUTC())) {
                    watch.until(LIMIT, w -> assertThat(reassigned(w)).isNotEmpty());
                    var run = watch.histories().keySet().iterator().next();
                    var left = names(home.resolve("checkpoints").resolve(run));
                    limit(trainer, "unlimited");
                    watch.untilAllHaveFinished(1, LIMIT);
                    producer.send(topics.experimentSpecs.record(
                                    "full", spec(2, "").getBytes(StandardCharsets.UTF_8)))
                            .get();
                    watch.untilAllHaveFinished(2, LIMIT);

                    // Then
                    var checkpoint = home.resolve("checkpoints").resolve(run);
                    assertThat(reassigned(watch))
                            .allSatisfy(reason -> assertThat(reason)
                                    .startsWith(
                                            "checkpoint " + checkpoint.resolve("epoch-0001")
                                                    + " could not be written: a file would be larger than this process or file system allows")
                                    .contains("ulimit -f")
                                    .doesNotContain("\n"));
                    assertThat(left).containsExactly("epoch-0000");
                    assertThat(Files.readString(home.resolve("trainer.log"))).doesNotContain("\tat ");
                    assertThat(trainer.isAlive()).isTrue();
                    sameNumbersAndFewerCheckpoints(run, watch.histories());
                }
            }
        }
    }

    /** Kafka halts the process at once; its own log, on the same disk, is the only other place with the cause. */
    @Test
    void frl_up_says_why_it_ends_when_its_broker_cannot_write() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no prlimit here");
        // Given
        try (var processes = new Processes(home)) {
            var up = processes.start(
                    "up", "dev.frl.cli.FrlMain", Map.of(), "up", "--home", home.toString(), "--mlflow", "none");
            var address = home.resolve("broker.json");
            await().atMost(LIMIT).until(() -> Files.exists(address));
            var kafka = KafkaSettings.of(PrettyJson.MAPPER
                    .readTree(Files.readString(address))
                    .path("bootstrapServers")
                    .asText());

            // When
            limit(up, String.valueOf(500_000));
            var producer = Clients.producer(kafka, "test");
            for (int i = 0; i < 10; i++) {
                producer.send(new ProducerRecord<>(topics.workers.name(), "a", new byte[100_000]));
            }

            // Then
            assertThat(up.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
            producer.close(Duration.ZERO); // the broker is gone
            var log = Files.readString(home.resolve("up.log"));
            assertThat(up.exitValue()).as(log).isEqualTo(1);
            assertThat(log.lines())
                    .last()
                    .asString()
                    .startsWith("frl: the Kafka broker in this process ended it")
                    .contains(home.resolve("broker/kafka").toString(), "ulimit -f");
        }
    }

    private void sameNumbersAndFewerCheckpoints(String disturbed, Map<String, RunHistory> runs) throws IOException {
        assertThat(runs).hasSize(2);
        for (var run : runs.entrySet()) {
            assertThat(Trajectories.of(run.getValue())).isEqualTo(Trajectories.of(runs.get(disturbed)));
            var all = IntStream.rangeClosed(0, EPOCHS).boxed().toList();
            var best = run.getValue().events().stream()
                    .filter(EpochEvaluated.class::isInstance)
                    .map(event -> ((EpochEvaluated) event).bestEpoch())
                    .toList();
            // the best epoch before the last one was evaluated
            var kept = new TreeSet<>(List.of(best.get(EPOCHS - 1), EPOCHS));
            assertThat(names(home.resolve("checkpoints").resolve(run.getKey())))
                    .containsExactlyElementsOf((run.getKey().equals(disturbed) ? kept : all)
                            .stream()
                                    .map(epoch -> String.format(Locale.ROOT, "epoch-%04d", epoch))
                                    .toList());
        }
    }

    /** Why the run was given to a trainer again. */
    private static List<String> reassigned(Watch watch) {
        return watch.log().stream()
                .filter(TrainingRequested.class::isInstance)
                .map(TrainingRequested.class::cast)
                .filter(request -> request.attempt() > 1)
                .map(TrainingRequested::reason)
                .toList();
    }

    private static List<String> names(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /** Sets how large the files of a running process may become; what they were allowed at its start stays possible. */
    private static void limit(Process process, String bytes) throws Exception {
        var prlimit = new ProcessBuilder(
                        "/usr/bin/prlimit", "--pid", Long.toString(process.pid()), "--fsize=" + bytes + ":")
                .inheritIO()
                .start();
        assertThat(prlimit.waitFor()).isZero();
    }
}
