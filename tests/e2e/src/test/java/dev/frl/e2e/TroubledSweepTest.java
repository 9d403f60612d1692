package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.attacker.AttackerService;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunHistory;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.messaging.client.Clients;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import dev.frl.trainer.TrainerService;
import dev.frl.worker.WorkerContext;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep of twelve runs, one of which diverges, with a host that has no data. */
class TroubledSweepTest {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String SPEC = String.format(
            Locale.ROOT,
            """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: troubled}
            spec:
              dataset: {name: fashion-mnist, split: {train: 1000, validation: 60, test: 60}}
              model: {arch: cnn-small}
              training: {method: natural, epochs: 2}
              attack: {training: {epsilon: 0.1}, validation: {shards: 3, steps: 3}, test: {steps: 3}}
              sweep:
                grid:
                  training.optimizer: [{learningRate: 10, momentum: 0.99}, %s]
            """,
            String.join(
                    ", ",
                    java.util.stream.IntStream.rangeClosed(1, 11)
                            .mapToObj(i -> String.format(Locale.ROOT, "{learningRate: 0.0%02d}", i))
                            .toList()));

    @TempDir
    Path directory;

    @Test
    void the_other_runs_have_the_numbers_of_an_undisturbed_sweep_to_the_bit() throws Exception {
        // Given
        var undisturbed = sweep(directory.resolve("undisturbed"), false);

        // When
        var disturbed = sweep(directory.resolve("disturbed"), true);

        // Then
        assertThat(disturbed).hasSize(12).isEqualTo(undisturbed);
        assertThat(disturbed.values().stream().filter(numbers -> numbers.contains("diverged")))
                .hasSize(1);
    }

    /** Numbers of each run, by its variant. */
    private static Map<String, List<Object>> sweep(Path home, boolean badHost) throws Exception {
        try (var embedded = Embedded.start(new EmbeddedSettings(home, TestData.folder(), 0, 1, null, null));
                var watch = new Watch(embedded.kafka(), embedded.topics());
                var producer = Clients.producer(embedded.kafka(), "test");
                var bad = badHost ? badHost(embedded, home) : (AutoCloseable) () -> {}) {
            producer.send(embedded.topics().experimentSpecs.record("troubled", SPEC.getBytes(StandardCharsets.UTF_8)))
                    .get();
            watch.until(
                    LIMIT,
                    w -> assertThat(w.histories().values())
                            .hasSize(12)
                            .allSatisfy(h -> assertThat(h.end()).isPresent()));
            if (badHost) {
                assertThat(watch.histories().values().stream()
                                .flatMap(h -> h.events().stream())
                                .filter(e -> reason(e).contains("fashion-mnist")))
                        .as("work that the bad host failed")
                        .isNotEmpty();
            }
            var numbers = new TreeMap<String, List<Object>>();
            watch.histories()
                    .values()
                    .forEach(h -> numbers.put(h.plan().variant().toString(), numbers(h)));
            return numbers;
        }
    }

    private static AutoCloseable badHost(Embedded embedded, Path home) throws Exception {
        var empty = Files.createDirectories(home.resolve("empty"));
        var context = new WorkerContext(
                WorkerContext.engine(null),
                1,
                new CheckpointStore(home.resolve("checkpoints"), List.of()),
                new DataStore(empty, empty, Progress.NONE));
        var trainer = TrainerService.start(context, embedded.kafka(), embedded.topics(), Clock.systemUTC());
        var attacker = AttackerService.start(context, embedded.kafka(), embedded.topics(), Clock.systemUTC());
        return () -> {
            trainer.close();
            attacker.close();
        };
    }

    private static String reason(RunEvent event) {
        if (event instanceof RunEvent.TrainingRequested request) {
            return String.valueOf(request.reason());
        }
        return event instanceof RunEvent.ShardsRequested request ? String.valueOf(request.reason()) : "";
    }

    private static List<Object> numbers(RunHistory run) {
        var numbers = new ArrayList<>();
        run.evaluated().values().forEach(e -> numbers.add(List.of(e.epoch(), e.tally(), e.update())));
        run.testEvent(Selection.LAST).ifPresent(t -> numbers.add(t.tally()));
        run.end()
                .filter(e -> e instanceof Failed)
                .ifPresent(e -> numbers.add(((Failed) e).reason().contains("diverged") ? "diverged" : e.toString()));
        return numbers;
    }
}
