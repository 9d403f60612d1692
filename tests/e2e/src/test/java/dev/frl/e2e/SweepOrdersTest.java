package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.command.Answer;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.Work;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.TopicReader;
import dev.frl.schemas.Command;
import dev.frl.schemas.RetriedRuns;
import dev.frl.schemas.Verb;
import dev.frl.standalone.Embedded;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A sweep of twelve runs, four points of three seeds, with a run that fails and users who stop, retry and extend, on a real broker. */
class SweepOrdersTest {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: ordered}
            spec:
              dataset: {name: fashion-mnist, split: {train: 1000, validation: 60, test: 60}}
              model: {arch: cnn-small}
              training: {method: natural, epochs: 3}
              attack: {training: {epsilon: 0.1}, validation: {shards: 2, steps: 2}, test: {steps: 2}}
              sweep:
                grid: {training.optimizer.learningRate: [0.01, 0.02, 0.03, 0.04]}
                seeds: 3
            """;

    @TempDir
    Path directory;

    @Test
    void what_is_stopped_ends_within_an_epoch_what_failed_is_tried_again_and_the_rest_is_equal_to_the_bit()
            throws Exception {
        // Given
        Map<String, List<Object>> undisturbed;
        try (var world = new World(directory.resolve("undisturbed"))) {
            world.publish(SPEC);
            world.watch.untilAllHaveFinished(12, LIMIT);
            undisturbed = world.numbers();
        }

        try (var world = new World(directory.resolve("disturbed"))) {
            world.publish(SPEC);
            world.watch.until(LIMIT, w -> assertThat(w.histories()).hasSize(12));
            var runs = new ArrayList<>(new TreeSet<>(world.watch.histories().keySet()));
            var bad = runs.get(0);
            var stopped = runs.subList(1, 7);

            // When one run fails for good, and half of the sweep is stopped
            world.fail(bad);
            var epochs = new HashMap<String, Integer>();
            for (var run : stopped) {
                epochs.put(run, world.watch.histories().get(run).trained().size());
                assertThat(world.json(String.format(
                                        Locale.ROOT,
                                        "{\"verb\": \"stop\", \"run\": \"%s\", \"reason\": \"enough\"}",
                                        run))
                                .done())
                        .isTrue();
            }
            world.untilAllHaveEnded(12);

            // Then
            for (var run : stopped) {
                var history = world.watch.histories().get(run);
                assertThat(history.end().orElseThrow()).isInstanceOf(RunEvent.Stopped.class);
                assertThat(history.trained().size()).as(run).isLessThanOrEqualTo(epochs.get(run) + 1);
            }
            assertThat(world.watch.histories().get(bad).end().orElseThrow()).isInstanceOf(RunEvent.Failed.class);
            for (var run : runs.subList(7, 12)) {
                assertThat(world.numbers()).containsEntry(run, undisturbed.get(run));
            }

            // When what failed is tried again
            int before = world.events();
            var retried = world.avro(Command.newBuilder()
                    .setVerb(Verb.RETRY)
                    .setExperiment("ordered")
                    .setWhich(RetriedRuns.FAILED)
                    .build());
            world.untilFinished(List.of(bad));

            // Then
            assertThat(retried.changed()).as(retried.text()).containsExactly(bad);
            assertThat(world.numbers()).containsEntry(bad, undisturbed.get(bad));
            assertThat(world.runsOfEventsSince(before)).containsExactly(bad);

            // When a seed is added
            int then = world.events();
            var extended = world.json(String.format(
                    Locale.ROOT, "{\"verb\": \"extend\", \"spec\": %s}", quoted(SPEC.replace("seeds: 3", "seeds: 4"))));
            world.untilFinished(extended.changed());

            // Then
            assertThat(extended.done()).as(extended.text()).isTrue();
            assertThat(extended.changed()).hasSize(4).noneMatch(undisturbed::containsKey);
            assertThat(world.runsOfEventsSince(then)).containsExactlyInAnyOrderElementsOf(extended.changed());

            // When a verb comes twice, or to what does not exist
            var again = world.json(String.format(Locale.ROOT, "{\"verb\": \"stop\", \"run\": \"%s\"}", stopped.get(0)));
            var unknown = world.json("{\"verb\": \"stop\", \"experiment\": \"orderly\"}");
            var wrong = world.json("{\"verb\": \"halt\"}");

            // Then
            assertThat(again.done()).isTrue();
            assertThat(again.changed()).isEmpty();
            assertThat(unknown.done()).isFalse();
            assertThat(wrong.done()).isFalse();
            assertThat(wrong.text()).contains("it must be one of stop, kill, pause, resume, retry, extend");
        }
    }

    private static String quoted(String text) {
        return '"' + text.replace("\"", "\\\"").replace("\n", "\\n") + '"';
    }

    /** Everything in one process, and a client of it. */
    private static final class World implements AutoCloseable {
        private final Embedded embedded;
        private final Watch watch;
        private final Producer<String, byte[]> producer;
        private final Consumer<String, byte[]> answers;

        World(Path home) throws Exception {
            embedded = Embedded.start(new EmbeddedSettings(home, TestData.folder(), 0, 1, null, null));
            watch = new Watch(embedded.kafka(), embedded.topics());
            producer = Clients.producer(embedded.kafka(), "test");
            answers = Clients.consumer(embedded.kafka(), "answers", null);
            TopicReader.seekToBeginning(answers, embedded.topics().commandAnswers);
        }

        void publish(String spec) throws Exception {
            producer.send(embedded.topics().experimentSpecs.record("ordered", spec.getBytes(StandardCharsets.UTF_8)))
                    .get();
        }

        /** As a trainer would report it, once the run is assigned. */
        void fail(String run) throws Exception {
            watch.until(
                    LIMIT,
                    w -> assertThat(w.histories().get(run).events())
                            .anyMatch(e -> e instanceof RunEvent.TrainingRequested));
            var failed = new RunInput.WorkFailed(
                    run, new Work.EpochTraining(1), 1, "no such luck", FailureKind.PERMANENT, "host", Instant.now());
            producer.send(embedded.topics().workFailures.record(run, failed)).get();
            watch.until(LIMIT, w -> assertThat(w.histories().get(run).end()).isPresent());
        }

        Answer json(String command) throws Exception {
            return answer(command.getBytes(StandardCharsets.UTF_8));
        }

        Answer avro(Command command) throws Exception {
            return answer(CommandMessage.write(command));
        }

        private Answer answer(byte[] command) throws Exception {
            var topics = embedded.topics();
            var sent = producer.send(topics.commands.record("me", command)).get();
            var id = sent.topic() + "-" + sent.partition() + "@" + sent.offset();
            var found = new ArrayList<Answer>();
            await().atMost(LIMIT).until(() -> {
                answers.poll(Duration.ofMillis(200)).forEach(record -> {
                    var answer = topics.commandAnswers.codec().decode(record.value());
                    if (answer.commandId().equals(id)) {
                        found.add(answer);
                    }
                });
                return !found.isEmpty();
            });
            return found.get(0);
        }

        void untilAllHaveEnded(int runs) {
            watch.until(
                    LIMIT,
                    w -> assertThat(w.histories().values())
                            .hasSize(runs)
                            .allSatisfy(h ->
                                    assertThat(h.end()).as(h.plan().runId()).isPresent()));
        }

        void untilFinished(List<String> runs) {
            watch.until(LIMIT, w -> {
                assertThat(w.histories()).containsKeys(runs.toArray(String[]::new));
                runs.forEach(run ->
                        assertThat(w.histories().get(run).finished()).as(run).isTrue());
            });
        }

        int events() {
            return watch.log().size();
        }

        List<String> runsOfEventsSince(int first) {
            return watch.log().subList(first, watch.log().size()).stream()
                    .map(RunEvent::runId)
                    .distinct()
                    .toList();
        }

        Map<String, List<Object>> numbers() {
            var numbers = new TreeMap<String, List<Object>>();
            watch.histories().forEach((run, history) -> numbers.put(run, numbers(history)));
            return numbers;
        }

        private static List<Object> numbers(RunHistory run) {
            var numbers = new ArrayList<>();
            run.evaluated().values().forEach(e -> numbers.add(List.of(e.epoch(), e.tally(), e.update())));
            run.testEvent(Selection.LAST).ifPresent(t -> numbers.add(t.tally()));
            return numbers;
        }

        @Override
        public void close() throws Exception {
            answers.close();
            producer.close();
            watch.close();
            embedded.close();
        }
    }
}
