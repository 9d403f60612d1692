package dev.frl.e2e.containers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.e2e.Specs;
import dev.frl.e2e.TestData;
import dev.frl.e2e.Watch;
import dev.frl.messaging.client.Clients;
import dev.frl.service.StandardTopics;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import dev.frl.tracking.MlflowSettings;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our images beside those of Kafka, PostgreSQL and MLflow, on real images of Fashion-MNIST: a spec on the topic becomes finished
 * runs in MLflow, whatever dies on the way. The recorded numbers are those of the same spec in one process.
 */
@Tag("containers")
@ExtendWith(ContainerEngine.class)
class ContainersTest {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String IN_CONTAINERS = MlflowSettings.EXPERIMENT;
    private static final String IN_ONE_PROCESS = "in-one-process";

    @TempDir
    Path home;

    @Test
    void a_spec_becomes_runs_in_mlflow_though_an_attacker_is_killed_and_the_broker_restarts() throws Exception {
        // Given
        var spec = Specs.twoPoints("containers", 500, 3);
        try (var pipeline = ContainerPipeline.start(1, 2);
                var watch = new Watch(pipeline.kafka(), StandardTopics.create())) {

            // When
            publish(pipeline, watch, "containers", spec);
            watch.until(LIMIT, w -> assertThat(evaluated(w)).isPositive());
            pipeline.killAtWork("attacker-1");
            watch.until(LIMIT, w -> assertThat(ended(w)).isPositive());
            pipeline.restart("kafka-1");

            // Then
            watch.untilAllHaveFinished(3, LIMIT);
            assertNothingIsCountedTwice(watch);
            assertSameInOneProcess(pipeline, "containers", spec, 3);
        }
    }

    /** Takes some ten minutes, so {@code scripts/test --sweep} asks for it. */
    @Test
    @EnabledIfSystemProperty(
            named = "frl.containers.sweep",
            matches = "true",
            disabledReason = "takes ten minutes: scripts/test --sweep runs it")
    void a_sweep_of_twelve_runs_survives_the_death_of_a_trainer_and_an_attacker_and_a_restart_of_the_broker()
            throws Exception {
        // Given
        var spec = """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: twelve}
                spec:
                  dataset: {name: fashion-mnist, split: {train: 3000, validation: 500, test: 500}}
                  model: {arch: cnn-small}
                  training: {epochs: 4, averaging: {decay: 0.7}}
                  attack: {training: {epsilon: 0.1, steps: 3}, validation: {epsilon: 0.1, steps: 5}}
                  sweep:
                    seeds: 3
                    grid: {fairness.policy: [none, frl-reweight, frl-remargin, frl-reweight-remargin]}
                """;
        try (var pipeline = ContainerPipeline.start(2, 2, prometheus());
                var watch = new Watch(pipeline.kafka(), StandardTopics.create())) {

            // When
            publish(pipeline, watch, "twelve", spec);
            watch.until(LIMIT, w -> assertThat(evaluated(w)).isGreaterThan(1));
            pipeline.killAtWork("trainer-1");
            watch.until(LIMIT, w -> assertThat(ended(w)).isGreaterThan(1));
            pipeline.killAtWork("attacker-1");
            watch.until(LIMIT, w -> assertThat(ended(w)).isGreaterThan(3));
            pipeline.restart("kafka-1");

            // Then
            watch.untilAllHaveFinished(12, LIMIT);
            assertNothingIsCountedTwice(watch);
            assertSameInOneProcess(pipeline, "twelve", spec, 12);
            assertMonitored(pipeline);
            var recorded = MlflowRuns.read(pipeline.mlflow(), IN_CONTAINERS);
            assertThat(recorded.children()).as("children of one parent").hasSize(12);
            var best = MlflowRuns.tags(recorded.parent()).get("frl.best_point");
            assertThat(best).isIn("none", "frl-reweight", "frl-remargin", "frl-reweight-remargin");
            assertThat(MlflowRuns.tags(recorded.parent()).get("mlflow.note.content"))
                    .contains("Best point: " + best + ",");
            assertThat(recorded.points().keySet())
                    .anyMatch(point -> point.contains("frl-reweight/worst_class_robust_acc_mean"))
                    .anyMatch(point -> point.contains("frl-reweight/worst_class_robust_acc_lo"))
                    .anyMatch(point -> point.contains("frl-reweight/worst_class_robust_acc_hi"));
        }
    }

    /** Prometheus, if its image is here: the stand-in for it takes minutes to build. */
    private static String[] prometheus() {
        var image = System.getenv("PROMETHEUS_IMAGE");
        return image != null && ContainerEngine.hasImage(image) ? new String[] {"prometheus"} : new String[0];
    }

    /** Every target is up, and no query of the dashboard and of the alerts is refused. */
    private static void assertMonitored(ContainerPipeline pipeline) throws Exception {
        if (prometheus().length > 0) {
            var check =
                    ContainerPipeline.ROOT.resolve("monitoring/check-queries").toString();
            var process = new ProcessBuilder("python3", check, pipeline.prometheus())
                    .redirectErrorStream(true)
                    .start();
            var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            System.out.println(said);
            assertThat(process.waitFor()).as(said).isZero();
        }
    }

    /** Returns when its first run is planned. A spec that is rejected fails the test at once. */
    private static void publish(ContainerPipeline pipeline, Watch watch, String name, String spec) throws Exception {
        try (var producer = Clients.producer(pipeline.kafka(), "test")) {
            producer.send(StandardTopics.create().experimentSpecs.record(name, spec.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
        watch.until(
                LIMIT,
                w -> assertThat(w.histories().size() + w.rejections().size()).isPositive());
        assertThat(watch.rejections()).isEmpty();
    }

    private static long evaluated(Watch watch) {
        return watch.log().stream()
                .filter(RunEvent.EpochEvaluated.class::isInstance)
                .count();
    }

    private static long ended(Watch watch) {
        return watch.histories().values().stream()
                .map(RunHistory::end)
                .filter(java.util.Optional::isPresent)
                .count();
    }

    /** Every epoch of every run is evaluated once, and every run ends once. */
    private static void assertNothingIsCountedTwice(Watch watch) {
        Map<String, Long> evaluations = watch.log().stream()
                .filter(RunEvent.EpochEvaluated.class::isInstance)
                .map(RunEvent.EpochEvaluated.class::cast)
                .collect(Collectors.groupingBy(e -> e.runId() + " " + e.epoch(), Collectors.counting()));
        assertThat(evaluations.values()).containsOnly(1L);
        assertThat(watch.histories().values())
                .allSatisfy(h -> assertThat(h.evaluated())
                        .hasSize(h.plan().settings().training().epochs() + 1));
    }

    /** Runs the spec again, without containers, and compares all that MLflow has of both. */
    private void assertSameInOneProcess(ContainerPipeline pipeline, String name, String spec, int runs)
            throws Exception {
        var mlflow = new MlflowSettings(
                URI.create(pipeline.mlflow()), IN_ONE_PROCESS, null, MlflowSettings.TIMEOUT, Map.of());
        try (var embedded = Embedded.start(new EmbeddedSettings(home, TestData.folder(), 0, 2, null, mlflow));
                var watch = new Watch(embedded.kafka(), embedded.topics());
                var producer = Clients.producer(embedded.kafka(), "test")) {
            producer.send(embedded.topics().experimentSpecs.record(name, spec.getBytes(StandardCharsets.UTF_8)))
                    .get();
            watch.untilAllHaveFinished(runs, LIMIT);
            for (var experiment : java.util.List.of(IN_CONTAINERS, IN_ONE_PROCESS)) {
                await().atMost(LIMIT)
                        .until(() ->
                                MlflowRuns.read(pipeline.mlflow(), experiment).allFinished(runs + 1));
            }
        }
        var inContainers = MlflowRuns.read(pipeline.mlflow(), IN_CONTAINERS).points();
        assertThat(inContainers)
                .hasSizeGreaterThan(100 * runs)
                .isEqualTo(MlflowRuns.read(pipeline.mlflow(), IN_ONE_PROCESS).points());
        System.out.printf(java.util.Locale.ROOT, "%d points of metrics are equal to the bit%n", inContainers.size());
    }
}
