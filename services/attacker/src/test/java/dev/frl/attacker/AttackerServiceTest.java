package dev.frl.attacker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchException;

import dev.frl.checkpoint.Checkpoint;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.checkpoint.Provenance;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.Work;
import dev.frl.core.settings.Part;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.engine.Engine;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.reference.ChangedEngine;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.messaging.Topics;
import dev.frl.messaging.share.Lease;
import dev.frl.service.StandardTopics;
import dev.frl.service.Telemetry;
import dev.frl.service.metrics.ServiceMeter;
import dev.frl.service.tracing.Tracing;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.worker.Announcer;
import dev.frl.worker.ImageCount;
import dev.frl.worker.WorkFailure;
import dev.frl.worker.WorkItem;
import dev.frl.worker.WorkMeter;
import dev.frl.worker.WorkerContext;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With the reference engine and Kafka's mock producer. */
class AttackerServiceTest {
    private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
    private static final Topics TOPICS = StandardTopics.create();
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
                validation: {method: fgsm, shards: 2}
              fairness: {policy: none}
            """;
    private static final RunPlan PLAN = plan(SPEC);

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    @TempDir
    Path home;

    private final Lease lease = new Lease("frl.attack-shards", 0, 1, 1);
    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private WorkerContext reference;
    private CheckpointRef weights;

    @BeforeEach
    void writeWeights() {
        reference = context(new ReferenceEngine());
        var data = reference.dataset(PLAN.settings().dataset());
        var net = Architectures.named(
                "linear",
                data.channels(),
                data.height(),
                data.width(),
                data.classNames().size());
        var provenance = new Provenance(
                "linear", List.of(data.channels(), data.height(), data.width()), 2, "ab".repeat(32), "reference", NOW);
        var checkpoint = new Checkpoint(provenance, net.initialState(5), NamedTensors.empty(), Optional.empty());
        weights = reference.checkpoints().write("tiny", 3, checkpoint).model();
    }

    @Test
    void the_counts_of_the_shard_are_announced_with_what_identifies_it() throws Exception {
        // Given
        var shard = shard(1, weights);
        try (var attack = new ShardAttack(reference.engine(), reference.checkpoints(), 1)) {
            var tally = attack.attack(
                    PLAN.settings(),
                    reference.dataset(PLAN.settings().dataset()),
                    weights,
                    Part.VALIDATION,
                    3,
                    1,
                    2,
                    () -> false,
                    ImageCount.NONE);

            // When
            run(reference, shard);

            // Then
            assertThat(announced()).singleElement().satisfies(attacked -> {
                assertThat(attacked.tally()).isEqualTo(tally);
                assertThat(registry.get(ServiceMeter.SHARD.key()).timer().count())
                        .isEqualTo(1);
                assertThat(attacked.runId()).isEqualTo("tiny");
                assertThat(attacked.part()).isEqualTo(Part.VALIDATION);
                assertThat(attacked.epoch()).isEqualTo(3);
                assertThat(attacked.shard()).isEqualTo(1);
                assertThat(attacked.attempt()).isEqualTo(2);
                assertThat(attacked.weightsSha256()).isEqualTo(weights.sha256());
                assertThat(attacked.at()).isEqualTo(NOW);
            });
        }
    }

    @Test
    void an_attacker_takes_nothing_until_the_folder_for_checkpoints_is_there_and_says_which_one() throws Exception {
        // Given
        var missing = home.resolve("not-mounted");
        var service = service(new WorkerContext(
                new ReferenceEngine(),
                1,
                new CheckpointStore(missing, List.of()),
                new DataStore(null, home, Progress.NONE)));

        // When
        var before = service.takesNothing();
        Files.createDirectories(missing);

        // Then
        assertThat(before.orElseThrow()).contains(missing.toString(), "is missing", "FRL_CHECKPOINTS");
        assertThat(service.takesNothing()).isEmpty();
    }

    @Test
    void one_attacker_attacks_one_shard_after_the_other() throws Exception {
        // Given
        var service = service(reference);

        // When
        for (int shard = 0; shard < 2; shard++) {
            service.run(
                    shard(shard, weights),
                    lease,
                    new Announcer(producer, lease),
                    new WorkMeter(service.item(shard(shard, weights))));
        }

        // Then
        assertThat(announced()).extracting(ShardAttacked::shard).containsExactly(0, 1);
        assertThat(announced().stream().mapToLong(a -> a.tally().seen()).sum()).isEqualTo(20);
    }

    @Test
    void a_lease_that_is_lost_during_the_attack_announces_nothing() {
        // Given
        var losing = context(new ChangedEngine((net, method, arguments) -> {
            if (method.equals("evaluate")) {
                lease.lose();
            }
            return null;
        }));

        // When
        assertThatThrownBy(() -> run(losing, shard(0, weights)))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void a_worker_that_shuts_down_neither_attacks_nor_accepts_the_shard() {
        // Given
        lease.stop();
        var counting = context(new ChangedEngine((net, method, arguments) -> {
            if (method.equals("evaluate")) {
                throw new AssertionError("attacked after the lease was over");
            }
            return null;
        }));

        // When
        assertThatThrownBy(() -> run(counting, shard(0, weights)))

                // Then
                .isInstanceOf(InterruptedException.class);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void weights_that_are_missing_here_are_reported_as_retryable() {
        // Given
        var shard = shard(1, new CheckpointRef(weights.location().replace("tiny", "gone"), weights.sha256()));

        // When
        var error = catchException(() -> run(reference, shard));
        var failure = WorkFailure.of(error);

        // Then
        assertThat(service(reference).item(shard))
                .isEqualTo(new WorkItem("tiny", new Work.Shard(Part.VALIDATION, 3, 1), 2, 1));
        assertThat(failure.reason()).contains("gone").contains("is missing");
        assertThat(failure.kind()).isEqualTo(FailureKind.HOST);
        assertThat(producer.history()).isEmpty();
    }

    @Test
    void weights_that_a_message_names_elsewhere_are_refused_with_the_settings_that_allow_places() throws Exception {
        // Given
        Files.createSymbolicLink(home.resolve("checkpoints/link"), Files.writeString(home.resolve("secret"), "secret"));

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
            var error = catchException(() -> run(reference, shard(1, new CheckpointRef(location, weights.sha256()))));
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

    @Test
    void progress_is_told_after_each_chunk_up_to_all_images_of_the_shard() {
        // Given
        var settings = plan(SPEC.replace("validation: 20", "validation: 1100")).settings();
        var told = new ArrayList<List<Integer>>();
        try (var attack = new ShardAttack(reference.engine(), reference.checkpoints(), 1)) {

            // When
            attack.attack(
                    settings,
                    reference.dataset(settings.dataset()),
                    weights,
                    Part.VALIDATION,
                    3,
                    0,
                    2,
                    () -> false,
                    (done, of) -> told.add(List.of(done, of)));
        }

        // Then
        assertThat(told).containsExactly(List.of(512, 550), List.of(550, 550));
    }

    @Test
    void a_net_that_has_diverged_is_reported_as_not_retryable() {
        // Given
        var diverged = context(new ChangedEngine((net, method, arguments) -> {
            if (method.equals("evaluate")) {
                throw new NotFiniteException("logits");
            }
            return null;
        }));

        // When
        var error = catchException(() -> run(diverged, shard(1, weights)));
        var failure = WorkFailure.of(error);

        // Then
        assertThat(failure.reason()).startsWith("the net cannot be evaluated: logits");
        assertThat(failure.kind()).isEqualTo(FailureKind.PERMANENT);
    }

    private void run(WorkerContext context, ShardTask shard) throws Exception {
        var service = service(context);
        service.run(shard, lease, new Announcer(producer, lease), new WorkMeter(service.item(shard)));
    }

    private static AttackerService service(WorkerContext context) {
        return new AttackerService(context, TOPICS, Clock.fixed(NOW, ZoneOffset.UTC));
    }

    private WorkerContext context(Engine engine) {
        var store = new CheckpointStore(home.resolve("checkpoints"), List.of());
        return new WorkerContext(
                engine, 1, store, new DataStore(home, home, Progress.NONE), new Telemetry(registry, Tracing.off()));
    }

    private static ShardTask shard(int number, CheckpointRef weights) {
        return new ShardTask(
                "tiny",
                Part.VALIDATION,
                3,
                number,
                2,
                2,
                weights,
                Selection.LAST,
                1,
                PLAN.canonicalSpec(),
                PLAN.specSha256());
    }

    private List<ShardAttacked> announced() {
        return producer.history().stream()
                .map(message -> {
                    assertThat(message.topic()).isEqualTo("frl.shard-attacked");
                    assertThat(message.key()).isEqualTo("tiny");
                    return TOPICS.shardAttacked.codec().decode(message.value());
                })
                .toList();
    }

    private static RunPlan plan(String spec) {
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        return ((Admission.Admitted) admission).plan().runs().get(0);
    }
}
