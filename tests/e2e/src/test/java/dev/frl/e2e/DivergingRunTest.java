package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.TrainingRequested;
import dev.frl.core.run.RunHistory;
import dev.frl.engine.net.Architectures;
import dev.frl.messaging.client.Clients;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that diverges, on real images, beside one that does not. */
class DivergingRunTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    /** The largest learning rate that a spec allows, so that a loss or logit soon is not finite. */
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: diverging}
            spec:
              dataset: {name: fashion-mnist, split: {train: 1000, validation: 200, test: 200}}
              model: {arch: cnn-small}
              training: {method: natural, epochs: 4}
              attack: {training: {epsilon: 0.1}}
              sweep:
                grid:
                  training.optimizer: [{learningRate: 10, momentum: 0.99}, {learningRate: 0.01}]
            """;

    private static final Pattern REASON = Pattern.compile(
            "training diverged in epoch (\\d+), (?:step \\d+ of 8: (?:loss|logits) is not finite, first in the (?:output|weights)"
                    + " of layer \\d.*|step \\d+ of 8: gradient of \\d\\.\\w+ is not finite|after its last step: .*\\d\\.\\w+ is not finite)"
                    + "; the learning rate of 10\\.0 may be too high\\. Epoch (\\d+) is the last good checkpoint: (\\S+) \\(on .*\\)");

    @TempDir
    Path home;

    @Test
    void it_fails_at_once_with_epoch_step_and_layer_and_the_other_run_continues() throws Exception {
        // Given
        try (var embedded = Embedded.start(new EmbeddedSettings(home, TestData.folder(), 0, 2, null, null));
                var watch = new Watch(embedded.kafka(), embedded.topics());
                var producer = Clients.producer(embedded.kafka(), "test")) {

            // When
            producer.send(embedded.topics().experimentSpecs.record("diverging", SPEC.getBytes(StandardCharsets.UTF_8)))
                    .get();
            watch.until(
                    LIMIT,
                    w -> assertThat(w.histories().values())
                            .hasSize(2)
                            .allSatisfy(h -> assertThat(h.end()).isPresent()));

            // Then
            var failed = only(watch, false);
            assertThat(only(watch, true).evaluated()).hasSize(5);
            assertThat(failed.events().stream().filter(TrainingRequested.class::isInstance))
                    .as("training requests")
                    .hasSize(1);
            var reason = REASON.matcher(((Failed) failed.end().orElseThrow()).reason());
            assertThat(reason.matches()).as(failed.end().toString()).isTrue();
            int good = Integer.parseInt(reason.group(2));
            assertThat(good).isEqualTo(Integer.parseInt(reason.group(1)) - 1);
            loads(failed, good, reason.group(3));
            Awaitility.await()
                    .atMost(LIMIT)
                    .untilAsserted(() -> assertThat(embedded.recorded()).isTrue());
            assertThat(report()).contains("failed: training diverged in epoch ");
        }
    }

    private static RunHistory only(Watch watch, boolean finished) {
        var found = watch.histories().values().stream()
                .filter(h -> h.finished() == finished)
                .toList();
        assertThat(found).hasSize(1);
        return found.get(0);
    }

    private void loads(RunHistory run, int epoch, String location) {
        var store = new CheckpointStore(home.resolve("checkpoints"), List.of());
        var stored = store.latest(run.plan().runId()).orElseThrow();
        assertThat(stored.epoch()).isEqualTo(epoch);
        assertThat(stored.location()).hasToString(location);
        Architectures.named("cnn-small", 1, 28, 28, 10)
                .requireFits(store.read(run.plan().runId(), epoch).model());
    }

    private String report() throws Exception {
        try (var files = Files.walk(home.resolve("runs"))) {
            return Files.readString(
                    files.filter(f -> f.endsWith("report.html")).findFirst().orElseThrow());
        }
    }
}
