package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchException;

import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Retention;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.Work;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.engine.Engine;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.reference.ChangedEngine;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.messaging.share.Lease;
import dev.frl.service.Telemetry;
import dev.frl.service.metrics.ServiceMeter;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.worker.Announcer;
import dev.frl.worker.WorkFailure;
import dev.frl.worker.WorkItem;
import dev.frl.worker.WorkMeter;
import dev.frl.worker.WorkerContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the reference engine, Kafka's mock producer and Kafka's mock consumer. */
@Timeout(60)
class TrainerServiceTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: tiny}
            spec:
              dataset:
                name: gaussian-mixture
                mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                split: {train: 40, validation: 20, test: 20}
              model: {arch: linear}
              training: {method: fgsm-at, epochs: 2, batchSize: 20}
              attack:
                training: {epsilon: 0.01}
              fairness: {policy: none}
            """;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path home;

    private final Lease lease = new Lease("frl.run-assignments", 0, 1, 1);
    private ScriptedUpdates kafka = new ScriptedUpdates();
    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private CheckpointStore store;
    private WorkMeter meter;

    @BeforeEach
    void openStore() {
        store = new CheckpointStore(home.resolve("checkpoints"), List.of());
        meter = meter(assigned(1, -1));
    }

    @Test
    void every_epoch_is_announced_after_its_fairness_update_with_a_checkpoint_that_can_be_read() throws Exception {
        // Given
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        kafka.poll(() -> assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(0, 1));
        kafka.poll(() -> kafka.update("tiny", 2, 0.5));

        // When
        run(new ReferenceEngine(), assigned(3, -1));

        // Then
        var announced = announced();
        assertThat(announced).extracting(EpochTrained::epoch).containsExactly(0, 1, 2);
        assertThat(announced).allSatisfy(epoch -> {
            assertThat(epoch.runId()).isEqualTo(plan().runId());
            assertThat(epoch.attempt()).isEqualTo(3);
            assertThat(epoch.at()).isEqualTo(NOW);
            assertThat(epoch.manifest().validation().stream().mapToLong(n -> n).sum())
                    .isEqualTo(20);
            assertThat(store.loadModel(
                                    URI.create(epoch.weights().location()),
                                    epoch.weights().sha256())
                            .isEmpty())
                    .isFalse();
        });
        assertThat(announced.get(0).loss()).isNull();
        assertThat(announced.get(2).loss()).isNotNull();
        assertThat(registry.get(ServiceMeter.EPOCH.key()).timer().count()).isEqualTo(2);
    }

    @Test
    void a_run_that_another_trainer_began_resumes_from_its_last_checkpoint() throws Exception {
        // Given
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        kafka.poll(lease::stop);
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(1, -1))).isInstanceOf(InterruptedException.class);
        producer.clear();
        var again = new ScriptedUpdates();
        again.poll(() -> again.update("tiny", 1, 0.5));
        again.poll(() -> again.update("tiny", 2, 0.5));

        // When
        var service = service(new ReferenceEngine(), again);
        service.run(assigned(2, 0), lease(), new Announcer(producer, lease()), meter(assigned(2, 0)));

        // Then
        assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(1, 2);
        assertThat(announced()).extracting(EpochTrained::attempt).containsOnly(2);
    }

    /** The assignment is that of the first delivery, and knows of no epoch. */
    @Test
    void a_run_that_was_given_back_resumes_from_its_last_checkpoint() throws Exception {
        // Given
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        kafka.poll(lease::stop);
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(1, -1))).isInstanceOf(InterruptedException.class);
        producer.clear();
        var again = new ScriptedUpdates();
        again.updateBefore(NOW, "tiny", 1, 0.5);
        again.updateBefore(NOW, "tiny", 2, 0.5);

        // When
        var service = service(new ReferenceEngine(), again);
        service.run(assigned(1, -1), lease(), new Announcer(producer, lease()), meter(assigned(1, -1)));

        // Then
        assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(1, 2);
    }

    @Test
    void a_run_that_is_withdrawn_is_left() {
        // Given
        var lease = lease();
        kafka.poll(() -> lease.withdraw("a user asked"));

        // When
        assertThatThrownBy(() -> service(new ReferenceEngine(), kafka)
                        .run(assigned(1, -1), lease, new Announcer(producer, lease), meter(assigned(1, -1))))
                .isInstanceOf(InterruptedException.class);

        // Then
        assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(0);
    }

    @Test
    void a_lease_that_is_lost_during_training_ends_it_after_the_step_and_announces_nothing_more() {
        // Given
        var steps = new AtomicInteger();
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        var engine = new ChangedEngine((net, method, arguments) -> {
            if (method.equals("trainStep")) {
                steps.incrementAndGet();
                lease.lose();
            }
            return null;
        });

        // When
        assertThatThrownBy(() -> run(engine, assigned(1, -1)))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(steps).hasValue(1);
        assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(0);
    }

    @Test
    void a_lease_that_was_lost_from_the_start_announces_nothing() {
        // Given
        lease.lose();

        // When
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(1, -1)))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void a_worker_that_shuts_down_does_not_accept_the_run() {
        // Given
        kafka.poll(lease::stop);

        // When
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(1, -1)))

                // Then
                .isInstanceOf(InterruptedException.class);
    }

    @Test
    void training_that_diverges_is_reported_with_its_epoch_as_not_retryable() {
        // Given
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        var engine = new ChangedEngine((net, method, arguments) -> {
            if (method.equals("trainStep")) {
                throw new NotFiniteException("loss");
            }
            return null;
        });

        // When
        var error = catchException(() -> run(engine, assigned(2, -1)));
        var failure = WorkFailure.of(error);

        // Then
        assertThat(meter.item()).isEqualTo(new WorkItem(plan().runId(), new Work.EpochTraining(1), 2, 2));
        assertThat(failure.reason()).startsWith("training diverged in epoch 1, step 1 of 2: loss is not finite");
        assertThat(failure.kind()).isEqualTo(FailureKind.PERMANENT);
    }

    @Test
    void a_data_set_that_is_missing_here_is_reported_as_retryable() {
        // Given
        var assigned = new Assignment(plan("fashion-mnist"), 1, null, -1, null, -1, NOW, NOW);

        // When
        var error = catchException(() -> run(new ReferenceEngine(), assigned));
        var failure = WorkFailure.of(error);

        // Then
        assertThat(meter.item().work()).isEqualTo(new Work.EpochTraining(0));
        assertThat(failure.reason()).contains("fashion-mnist");
        assertThat(failure.kind()).isEqualTo(FailureKind.HOST);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void weights_that_a_message_names_elsewhere_are_refused_with_the_settings_that_allow_places() throws Exception {
        // Given
        var link = Files.createDirectories(home.resolve("checkpoints")).resolve("link");
        Files.createSymbolicLink(link, Files.writeString(home.resolve("secret"), "secret"));

        for (var location : List.of(
                "",
                "model.safetensors",
                "/etc/passwd",
                "file:/etc/passwd",
                "file:" + home + "/checkpoints/../secret",
                "file:" + home + "/checkpoints/%2e%2e/secret",
                "file://host" + home + "/checkpoints/x",
                "file:" + home + "/checkpoints/link",
                "file:" + home + "/checkpoints/a\0b",
                "file:" + home + "/checkpoints/a%00b",
                "http://example.org/x",
                "s3://other/x",
                "file:/" + "x".repeat(5000))) {
            // When
            kafka = new ScriptedUpdates();
            var weights = new CheckpointRef(location, "ab".repeat(32));
            var error = catchException(
                    () -> run(new ReferenceEngine(), new Assignment(plan(), 1, weights, -1, null, -1, NOW, NOW)));
            var failure = WorkFailure.of(error);

            // Then
            assertThat(failure.kind()).as(location).isEqualTo(FailureKind.HOST);
            assertThat(failure.reason())
                    .startsWith("checkpoint location ")
                    .contains("is refused: ", "FRL_CHECKPOINTS and FRL_CHECKPOINT_ROOTS")
                    .doesNotContainPattern("\\p{Cntrl}")
                    .hasSizeLessThan(800);
        }
        assertThat(producer.history()).isEmpty();
    }

    /** A run's id is the name of its folder. */
    @Test
    void a_run_id_that_leads_elsewhere_is_refused_and_nothing_is_written() throws Exception {
        for (var id : List.of("..", "../../secret", "/etc/x", "a\0b", ".hidden", "x".repeat(5000))) {
            // When
            kafka = new ScriptedUpdates();
            var p = plan();
            var plan = new RunPlan(
                    id,
                    p.experiment(),
                    p.experimentId(),
                    p.variant(),
                    p.labels(),
                    p.priority(),
                    p.retention(),
                    p.settings(),
                    p.canonicalSpec(),
                    p.specSha256(),
                    null,
                    false);
            var error = catchException(
                    () -> run(new ReferenceEngine(), new Assignment(plan, 1, null, -1, null, -1, NOW, NOW)));

            // Then
            assertThat(WorkFailure.of(error).reason())
                    .startsWith("run id ")
                    .contains(" is refused: ")
                    .doesNotContainPattern("\\p{Cntrl}")
                    .hasSizeLessThan(5000);
        }
        assertThat(home.resolve("checkpoints"))
                .satisfiesAnyOf(
                        folder -> assertThat(folder).doesNotExist(),
                        folder -> assertThat(folder).isEmptyDirectory());
    }

    @Test
    void checkpoints_that_a_run_keeps_no_longer_are_deleted_once_the_epoch_before_is_evaluated() throws Exception {
        // Given
        var best = List.of(0, 1, 1, 3, 3); // after each epoch, from 0
        var found = new ArrayList<List<Integer>>();
        for (int epoch = 1; epoch <= 5; epoch++) {
            int next = epoch;
            kafka.poll(() -> {
                found.add(store.epochs("tiny"));
                kafka.update("tiny", next, 0.5, best.get(next - 1));
            });
        }

        // When
        run(new ReferenceEngine(), assigned(plan(5, new Retention(2, true)), -1, -1));

        // Then
        assertThat(announced()).extracting(EpochTrained::epoch).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(found).containsExactly(List.of(0), List.of(0, 1), List.of(1, 2), List.of(1, 2, 3), List.of(3, 4));
        assertThat(store.epochs("tiny")).containsExactly(3, 4, 5);
    }

    @Test
    void a_run_without_retention_keeps_all_checkpoints() throws Exception {
        // Given
        for (int epoch = 1; epoch <= 4; epoch++) {
            int next = epoch;
            kafka.poll(() -> kafka.update("tiny", next, 0.5, next - 1));
        }

        // When
        run(new ReferenceEngine(), assigned(plan(4, null), -1, -1));

        // Then
        assertThat(store.epochs("tiny")).containsExactly(0, 1, 2, 3, 4);
    }

    /** The trainer before may have died between the announcement and the deletion. */
    @Test
    void a_trainer_that_takes_a_run_deletes_what_the_one_before_did_not() throws Exception {
        // Given
        for (int epoch = 1; epoch <= 3; epoch++) {
            int next = epoch;
            kafka.poll(() -> kafka.update("tiny", next, 0.5));
        }
        kafka.poll(lease::stop);
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(plan(4, null), -1, -1)))
                .isInstanceOf(InterruptedException.class);
        assertThat(store.epochs("tiny")).containsExactly(0, 1, 2, 3);
        var again = new ScriptedUpdates();
        var other = lease();
        var found = new ArrayList<List<Integer>>();
        again.poll(() -> {
            found.add(store.epochs("tiny"));
            other.stop();
        });

        // When
        var assigned = assigned(plan(4, new Retention(1, true)), 2, 1);
        assertThatThrownBy(() -> service(new ReferenceEngine(), again)
                        .run(assigned, other, new Announcer(producer, other), meter(assigned)))
                .isInstanceOf(InterruptedException.class);

        // Then
        assertThat(found).containsExactly(List.of(1, 3));
    }

    @Test
    void the_meter_names_the_epoch_in_progress_also_where_the_checkpoints_are_ahead_of_the_controller()
            throws Exception {
        // Given
        kafka.poll(() -> kafka.update("tiny", 1, 0.5));
        kafka.poll(lease::stop);
        assertThatThrownBy(() -> run(new ReferenceEngine(), assigned(1, -1))).isInstanceOf(InterruptedException.class);
        var epochOne = meter.item().work();
        var again = new ScriptedUpdates();
        var other = lease();
        again.poll(other::stop);
        var service = service(new ReferenceEngine(), again);
        meter = meter(assigned(2, 0));
        var begin = meter.item().work();

        // When
        assertThatThrownBy(() -> service.run(assigned(2, 0), other, new Announcer(producer, other), meter))
                .isInstanceOf(InterruptedException.class);

        // Then
        assertThat(epochOne).isEqualTo(new Work.EpochTraining(2)); // epoch 1 is trained, and its successor waits
        assertThat(begin).isEqualTo(new Work.EpochTraining(1));
        assertThat(meter.item().work()).isEqualTo(new Work.EpochTraining(2));
    }

    @Test
    void a_checkpoint_folder_that_is_a_link_to_itself_is_a_failure_of_the_host_that_names_the_epoch() throws Exception {
        // Given
        var folder = Files.createDirectories(home.resolve("checkpoints")).resolve("tiny");
        Files.createSymbolicLink(folder, folder);

        // When
        var error = catchException(() -> run(new ReferenceEngine(), assigned(1, 0)));

        // Then
        assertThat(meter.item()).isEqualTo(new WorkItem("tiny", new Work.EpochTraining(1), 1, 1));
        assertThat(WorkFailure.of(error).kind()).isEqualTo(FailureKind.HOST);
        assertThat(WorkFailure.of(error).reason()).contains(folder.toString());
    }

    private void run(Engine engine, Assignment assigned) throws Exception {
        meter = meter(assigned);
        service(engine, kafka).run(assigned, lease, new Announcer(producer, lease), meter);
    }

    private WorkMeter meter(Assignment assigned) {
        return new WorkMeter(service(new ReferenceEngine(), kafka).item(assigned));
    }

    private TrainerService service(Engine engine, ScriptedUpdates updates) {
        var context = new WorkerContext(
                engine, 1, store, new DataStore(home, home, Progress.NONE), new Telemetry(registry, Tracing.off()));
        return new TrainerService(
                context, ScriptedUpdates.TOPICS, Clock.fixed(NOW, ZoneOffset.UTC), clientId -> updates.consumer());
    }

    private static Lease lease() {
        return new Lease("frl.run-assignments", 0, 1, 2);
    }

    private List<EpochTrained> announced() {
        return producer.history().stream()
                .map(message -> {
                    assertThat(message.topic()).isEqualTo("frl.epoch-trained");
                    assertThat(message.key()).isEqualTo(plan().runId());
                    return ScriptedUpdates.TOPICS.epochTrained.codec().decode(message.value());
                })
                .toList();
    }

    /** @param trainedEpoch last epoch that the controller knows */
    private static Assignment assigned(int attempt, int trainedEpoch) {
        return new Assignment(plan(), attempt, null, trainedEpoch, null, -1, NOW, NOW);
    }

    /** @param bestEpoch best epoch up to that one; −1 if that is not evaluated yet */
    private static Assignment assigned(RunPlan plan, int trainedEpoch, int bestEpoch) {
        return new Assignment(plan, 1, null, trainedEpoch, null, bestEpoch, NOW, NOW);
    }

    /** The same run, of so many epochs. */
    private static RunPlan plan(int epochs, @Nullable Retention retention) {
        return plan("gaussian-mixture", epochs, retention);
    }

    private static RunPlan plan() {
        return plan("gaussian-mixture");
    }

    /** A run with the id {@code tiny}. */
    private static RunPlan plan(String dataset) {
        return plan(dataset, 2, null);
    }

    private static RunPlan plan(String dataset, int epochs, @Nullable Retention retention) {
        var written = SPEC.replace("epochs: 2", "epochs: " + epochs);
        var spec = dataset.equals("gaussian-mixture")
                ? written
                : written.replaceAll(" *mixture: .*\n", "")
                        .replace("gaussian-mixture", dataset)
                        .replace("linear", "cnn-small");
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        var plan = ((Admission.Admitted) admission).plan().runs().get(0);
        return new RunPlan(
                "tiny",
                plan.experiment(),
                plan.experimentId(),
                plan.variant(),
                plan.labels(),
                plan.priority(),
                retention,
                plan.settings(),
                plan.canonicalSpec(),
                plan.specSha256(),
                plan.warmStartRun(),
                plan.warmStart());
    }
}
