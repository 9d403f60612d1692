package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.run.RunEvent;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicReader;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import dev.frl.tracking.MlflowServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * Services that die at random moments leave no trace in the numbers. {@code scripts/chaos} runs it with more kills and other seeds.
 *
 * <p>The moments are random on purpose; the seed repeats the order of the events and not their exact times.
 */
class ChaosTest {
    private static final int KILLS = Integer.getInteger("frl.chaos.kills", 6);
    private static final long SEED = Long.getLong("frl.chaos.seed", 1);
    /** A run whose assignment has used up its deliveries is given out again after ten minutes. */
    private static final Duration LIMIT = Duration.ofMinutes(25);

    private static final List<String> WORKERS = List.of("trainer-1", "trainer-2", "attacker-1", "attacker-2");
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: chaos}
            spec:
              dataset:
                name: gaussian-mixture
                mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                split: {train: 20000, validation: 3000, test: 3000}
              model: {arch: linear}
              training: {method: fgsm-at, epochs: %d, batchSize: 100, averaging: {decay: 0.9}}
              attack: {training: {epsilon: 0.01}, validation: {method: fgsm, shards: 3}, test: {method: fgsm, shards: 2}}
            """;
    private static final String POINTS = String.format(Locale.ROOT, SPEC, 12) + """
              warmStart: {epochs: 1}
              sweep: {grid: {fairness.policy: [none, frl-reweight-remargin]}, seeds: %d}
            """.indent(0);
    private static final String SEARCH = String.format(Locale.ROOT, SPEC, 8) + """
              sweep:
                grid: {training.optimizer.learningRate: [1, 0.5, 0.2, 0.1], fairness.policy: [none, frl-reweight-remargin]}
                seeds: %d
                asha: {minEpochs: 2, reduction: 2}
            """.indent(0);

    /** Logs of a failure are kept. */
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path directory;

    private final Random random = new Random(SEED);
    private final long begin = System.nanoTime();

    @Test
    void deaths_of_every_service_and_of_the_broker_leave_no_trace_in_the_numbers() throws Exception {
        survives(1, (cluster, watch, producer, mlflow) -> {
            int seeds = 1;
            int kills = 0;
            while (kills < KILLS) {
                pause(0.2, 4);
                watch.read();
                var histories = watch.histories().values();
                long open = histories.stream().filter(h -> h.end().isEmpty()).count();
                if (histories.size() == 3 * seeds && open <= 1) { // there is always something to disturb
                    seeds++;
                    command(cluster, producer, "extend", String.format(Locale.ROOT, POINTS, seeds));
                }
                kills += disturb(cluster, mlflow);
            }
            say("%d kills", kills);
            return seeds;
        });
    }

    @Test
    @EnabledIfSystemProperty(
            named = "frl.chaos.outages",
            matches = "true",
            disabledReason = "scripts/chaos --outages runs it")
    void long_outages_leave_no_trace_in_the_numbers() throws Exception {
        survives(4, (cluster, watch, producer, mlflow) -> {
            watch.until(LIMIT, w -> assertThat(w.log()).anyMatch(RunEvent.EpochEvaluated.class::isInstance));
            assertThat(mlflow).as("FRL_MLFLOW_PYTHON").isNotNull();

            say("MLflow is away for 5 minutes");
            mlflow.cut();
            var back = Instant.now().plus(Duration.ofMinutes(5));
            say("the broker is away for 30 seconds");
            cluster.kill("broker");
            Thread.sleep(30_000);
            cluster.start("broker");
            cluster.awaitBroker();
            evaluatedAgain(watch);
            say("all attackers die");
            cluster.kill("attacker-1");
            cluster.kill("attacker-2");
            say("the controller dies and loses its folder");
            cluster.kill("controller");
            delete(cluster.home("controller"));
            Thread.sleep(10_000);
            cluster.start("controller");
            cluster.start("attacker-1");
            cluster.start("attacker-2");
            evaluatedAgain(watch);
            while (Instant.now().isBefore(back)) {
                Thread.sleep(1000);
            }
            mlflow.mend();
            say("MLflow is back");
            return 4;
        });
    }

    private static void evaluatedAgain(Watch watch) {
        long before = evaluated(watch);
        watch.until(LIMIT, w -> assertThat(evaluated(w)).isGreaterThan(before));
    }

    private static long evaluated(Watch watch) {
        return watch.log().stream()
                .filter(RunEvent.EpochEvaluated.class::isInstance)
                .count();
    }

    /** What happens while a sweep runs. */
    private interface Trouble {
        /** Returns the number of seeds of the sweep in the end. */
        int happens(Cluster cluster, Watch watch, Producer<String, byte[]> producer, @Nullable Wire mlflow)
                throws Exception;
    }

    /** All runs finish, no service ends by itself, MLflow has each point once, and the numbers are those of an undisturbed sweep. */
    private void survives(int seedsAtFirst, Trouble trouble) throws Exception {
        var python = System.getenv("FRL_MLFLOW_PYTHON");
        var records = Files.createDirectories(directory.resolve("mlflow"));
        Map<String, List<Object>> disturbed;
        int seeds;
        try (var server = python == null ? null : MlflowServer.start(Path.of(python), records);
                var wire = server == null
                        ? null
                        : new Wire(URI.create(server.uri()).getPort());
                var cluster = new Cluster(directory, wire == null ? null : "http://127.0.0.1:" + wire.port())) {
            cluster.start(List.of("controller", "trainer-1", "trainer-2", "attacker-1", "attacker-2", "recorder"));
            try (var producer = Clients.producer(cluster.kafka(), "chaos");
                    var watch = new Watch(cluster.kafka(), cluster.topics());
                    var repeats = new Repeats(cluster.kafka(), cluster.topics(), SEED)) {
                publish(cluster.topics(), producer, String.format(Locale.ROOT, POINTS, seedsAtFirst));

                // When
                seeds = trouble.happens(cluster, watch, producer, wire);

                // Then
                int runs = 3 * seeds;
                watch.untilAllHaveFinished(runs, LIMIT);
                say("%d runs finished; %d messages were repeated", runs, repeats.sent());
                assertThat(cluster.dead())
                        .as("services that ended by themselves")
                        .isEmpty();
                disturbed = Trajectories.of(watch);
                if (server != null) {
                    long epochs = watch.histories().values().stream()
                            .mapToLong(h -> h.evaluated().size())
                            .sum();
                    awaitRecorded(Path.of(python), records.resolve("mlflow.db"), runs, epochs);
                }
            }
        }
        try (var quiet = new Undisturbed(directory.resolve("undisturbed"), String.format(Locale.ROOT, POINTS, seeds))) {
            quiet.watch.untilAllHaveFinished(3 * seeds, LIMIT);
            assertThat(disturbed).isEqualTo(Trajectories.of(quiet.watch));
        }
    }

    @Test
    void a_search_decides_the_same_when_its_controller_dies_and_orders_come_in() throws Exception {
        // Given
        var spec = String.format(Locale.ROOT, SEARCH, 1 + KILLS / 10);
        int runs = 8 * (1 + KILLS / 10);
        List<String> decisions;
        Map<String, List<Object>> disturbed;
        try (var cluster = new Cluster(directory, null)) {
            cluster.start(List.of("controller", "trainer-1", "trainer-2", "attacker-1"));
            try (var producer = Clients.producer(cluster.kafka(), "chaos");
                    var watch = new Watch(cluster.kafka(), cluster.topics())) {
                publish(cluster.topics(), producer, spec);
                watch.until(LIMIT, w -> assertThat(w.histories()).hasSizeGreaterThanOrEqualTo(2));

                // When
                for (int kill = 1; kill <= KILLS; kill++) {
                    pause(0.2, 3);
                    order(cluster, producer, List.of("pause", "retry", "stop").get(random.nextInt(3)));
                    killAndStart(cluster, "controller");
                    order(cluster, producer, "resume");
                }
                watch.until(LIMIT, w -> assertEnded(w, runs));
                decisions = decisions(cluster.kafka(), cluster.topics());
                disturbed = Trajectories.of(watch);
            }
        }

        // Then
        try (var quiet = new Undisturbed(directory.resolve("undisturbed"), spec)) {
            quiet.watch.until(LIMIT, w -> assertEnded(w, runs));
            assertThat(decisions)
                    .hasSizeGreaterThanOrEqualTo(8)
                    .isEqualTo(decisions(quiet.embedded.kafka(), quiet.embedded.topics()));
            assertThat(disturbed).isEqualTo(Trajectories.of(quiet.watch));
        }
    }

    private static void assertEnded(Watch watch, int runs) {
        assertThat(watch.histories().values())
                .hasSize(runs)
                .allSatisfy(h -> assertThat(h.end()).as(h.plan().runId()).isPresent());
    }

    /** Does one bad thing. Returns the number of processes that were killed. */
    private int disturb(Cluster cluster, @Nullable Wire mlflow) throws Exception {
        int dice = random.nextInt(100);
        if (dice < 40) {
            killAndStart(cluster, WORKERS.get(random.nextInt(WORKERS.size())));
            return 1;
        }
        if (dice < 45) {
            say("all attackers die");
            cluster.kill("attacker-1");
            cluster.kill("attacker-2");
            cluster.start("attacker-1");
            cluster.start("attacker-2");
            return 2;
        }
        if (dice < 65) {
            killAndStart(cluster, "controller");
            return 1;
        }
        if (dice < 75) {
            killAndStart(cluster, "recorder");
            return 1;
        }
        if (dice < 82) {
            killAndStart(cluster, "broker");
            cluster.awaitBroker();
            return 1;
        }
        if (dice < 92 || mlflow == null) {
            var service = WORKERS.get(random.nextInt(WORKERS.size()));
            say("%s stands still", service);
            cluster.freeze(service);
            pause(1, 6); // the lease is 3 s
            cluster.thaw(service);
            return 0;
        }
        say("MLflow is cut off");
        mlflow.cut();
        pause(1, 6);
        mlflow.mend();
        return 0;
    }

    private void killAndStart(Cluster cluster, String service) throws Exception {
        cluster.kill(service);
        boolean bare = service.equals("controller") && random.nextInt(3) == 0;
        if (bare) {
            delete(cluster.home(service));
        }
        say(bare ? "%s dies and loses its folder" : "%s dies", service);
        pause(0, 2);
        cluster.start(service);
    }

    private static void publish(Topics topics, Producer<String, byte[]> producer, String spec) throws Exception {
        producer.send(topics.experimentSpecs.record("chaos", spec.getBytes(StandardCharsets.UTF_8)))
                .get();
    }

    private void order(Cluster cluster, Producer<String, byte[]> producer, String verb) throws Exception {
        var experiment = verb.equals("stop") ? "nothing-of-that-name" : "chaos";
        say("%s %s", verb, experiment);
        send(
                cluster,
                producer,
                String.format(Locale.ROOT, "{\"verb\": \"%s\", \"experiment\": \"%s\"}", verb, experiment));
    }

    private void command(Cluster cluster, Producer<String, byte[]> producer, String verb, String spec)
            throws Exception {
        say("%s", verb);
        var text = spec.replace("\"", "\\\"").replace("\n", "\\n");
        send(cluster, producer, String.format(Locale.ROOT, "{\"verb\": \"%s\", \"spec\": \"%s\"}", verb, text));
    }

    private static void send(Cluster cluster, Producer<String, byte[]> producer, String command) throws Exception {
        producer.send(cluster.topics().commands.record("chaos", command.getBytes(StandardCharsets.UTF_8)))
                .get();
    }

    /** What the search decided, without times, by rung and point. */
    private static List<String> decisions(KafkaSettings kafka, Topics topics) {
        var judged = new ArrayList<PointJudged>();
        var ended = new ArrayList<String>();
        try (var consumer = Clients.consumer(kafka, "decisions", null)) {
            TopicReader.seekToBeginning(consumer, topics.experimentLog);
            await().atMost(LIMIT).until(() -> {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> {
                    ExperimentEvent event = topics.experimentLog.codec().decode(record.value());
                    if (event instanceof PointJudged point) {
                        judged.add(point);
                    } else if (event instanceof ExperimentEvent.Ended end) {
                        ended.add(String.format(Locale.ROOT, "%s %s %s", end.outcome(), end.best(), end.reason()));
                    }
                });
                return !ended.isEmpty();
            });
        }
        judged.sort(Comparator.comparingInt(PointJudged::rung).thenComparingInt(PointJudged::point));
        var decisions = new ArrayList<String>();
        judged.forEach(p -> decisions.add(p.point() + " " + p.variant() + " " + p.rung() + " " + p.epoch() + " "
                + p.score() + " " + p.rank() + " " + p.of() + " " + p.advanced() + " " + p.reason()));
        decisions.addAll(ended);
        return decisions;
    }

    /** Reads MLflow's own database: each run has ended, each evaluated epoch is there, and no point is there twice. */
    private void awaitRecorded(Path python, Path database, int runs, long epochs) throws Exception {
        var expected = String.format(Locale.ROOT, "finished %d, epochs %d, twice 0", runs, epochs);
        await().atMost(LIMIT)
                .pollInterval(Duration.ofSeconds(2))
                .untilAsserted(() -> assertThat(query(python, database)).isEqualTo(expected));
        say("MLflow has %s", expected);
    }

    private String query(Path python, Path database) throws IOException, InterruptedException {
        var program = """
                import sqlite3, sys
                c = sqlite3.connect("file:" + sys.argv[1] + "?mode=ro", uri=True)
                one = lambda sql: c.execute(sql).fetchone()[0]
                print("finished %d, epochs %d, twice %d" % (
                    one("select count(*) from runs where status = 'FINISHED' and run_uuid in (select run_uuid from metrics where key = 'val/worst_class/robust_acc')"),
                    one("select count(*) from metrics where key = 'val/worst_class/robust_acc'"),
                    one("select count(*) from (select 1 from metrics group by run_uuid, key, step having count(*) > 1)")))
                """;
        var process = new ProcessBuilder(python.toString(), "-c", program, database.toString())
                .redirectErrorStream(true)
                .start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return output.strip();
    }

    /** A random moment. */
    private void pause(double least, double most) throws InterruptedException {
        Thread.sleep((long) (1000 * (least + random.nextDouble() * (most - least))));
    }

    private void say(String format, Object... args) {
        System.out.printf(
                Locale.ROOT,
                "chaos %6.1f s  %s%n",
                (System.nanoTime() - begin) / 1e9,
                String.format(Locale.ROOT, format, args));
    }

    /** The same spec in one process that nobody disturbs. */
    private static final class Undisturbed implements AutoCloseable {
        private final Embedded embedded;
        private final Watch watch;

        Undisturbed(Path home, String spec) throws Exception {
            embedded = Embedded.start(new EmbeddedSettings(home, null, 0, 1, null, null));
            watch = new Watch(embedded.kafka(), embedded.topics());
            try (var producer = Clients.producer(embedded.kafka(), "chaos")) {
                publish(embedded.topics(), producer, spec);
            }
        }

        @Override
        public void close() {
            watch.close();
            embedded.close();
        }
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
