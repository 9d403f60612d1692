package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.run.DataManifest;
import dev.frl.core.run.Outbox.Assignment;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.CompactedTopic;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.service.StandardTopics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A share group drops a record that was delivered too often, and tells nobody. */
class UsedUpDeliveriesTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final String SPEC = """
            apiVersion: frl.dev/v1alpha1
            kind: Experiment
            metadata: {name: dropped}
            spec:
              dataset: {name: fashion-mnist, split: {train: 1000, validation: 60, test: 60}}
              model: {arch: cnn-small}
              training: {method: natural, epochs: 1}
              attack: {training: {epsilon: 0.1}}
              schedule: {epochDeadline: 5s}
            """;

    @TempDir
    Path home;

    private final Topics topics = StandardTopics.create();

    @Test
    void a_run_whose_assignment_was_dropped_is_given_to_the_next_trainer_whose_clock_is_two_hours_ahead()
            throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, Layout.replicated(1));
            processes.start(
                    "controller",
                    "dev.frl.controller.ControllerMain",
                    Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(), "FRL_HOME", home.toString()));
            try (var producer = Clients.producer(kafka, "test");
                    var trainer = Clients.shareConsumer(kafka, "test-trainer", Topics.TRAINERS)) {
                trainer.subscribe(List.of(topics.runAssignments.name()));
                announce(producer);
                producer.send(topics.experimentSpecs.record("dropped", SPEC.getBytes(StandardCharsets.UTF_8)));

                // When the first attempt is released until Kafka drops it
                var next = next(trainer, producer, 2);
                var epoch = trained(next);
                long ahead = System.currentTimeMillis() + TimeUnit.HOURS.toMillis(2);
                producer.send(new ProducerRecord<>(
                                topics.epochTrained.name(),
                                null,
                                ahead,
                                epoch.runId(),
                                topics.epochTrained.codec().encode(epoch)))
                        .get();

                // Then
                await().atMost(LIMIT)
                        .untilAsserted(() -> assertThat(CompactedTopic.latest(kafka, topics.runStatus, LIMIT)
                                        .get(next.runId())
                                        .reason())
                                .startsWith("waits for attackers"));
            }
        }
    }

    @Test
    void an_evaluation_whose_shards_were_dropped_goes_on_with_the_next_attacker() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, Layout.replicated(1));
            processes.start(
                    "controller",
                    "dev.frl.controller.ControllerMain",
                    Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(), "FRL_HOME", home.toString()));
            try (var producer = Clients.producer(kafka, "test");
                    var trainer = Clients.shareConsumer(kafka, "test-trainer", Topics.TRAINERS);
                    var attacker = Clients.shareConsumer(kafka, "test-attacker", Topics.ATTACKERS)) {
                trainer.subscribe(List.of(topics.runAssignments.name()));
                attacker.subscribe(List.of(topics.attackShards.name()));
                announce(producer);
                producer.send(topics.experimentSpecs.record("dropped", SPEC.getBytes(StandardCharsets.UTF_8)));
                var epoch = trained(next(trainer, producer, 1));
                producer.send(topics.epochTrained.record(epoch.runId(), epoch)).get();

                // When the first attempt of each shard is released until Kafka drops it
                var shard = attempt(2, attacker, producer, topics.attackShards, ShardTask::attempt);

                // Then
                assertThat(shard.weights()).isEqualTo(epoch.weights());
                assertThat(CompactedTopic.latest(kafka, topics.runStatus, LIMIT).get(epoch.runId()))
                        .satisfies(status -> {
                            assertThat(status.phase()).isEqualTo(Phase.EVALUATING);
                            assertThat(status.reason()).contains("no attacker took shards");
                        });
            }
        }
    }

    /** Releases what it gets until the attempt comes, which it accepts. */
    private Assignment next(ShareConsumer<byte[], byte[]> trainer, Producer<String, byte[]> producer, int attempt) {
        return attempt(attempt, trainer, producer, topics.runAssignments, Assignment::attempt);
    }

    private <V> V attempt(
            int attempt,
            ShareConsumer<byte[], byte[]> worker,
            Producer<String, byte[]> producer,
            Topic<V> topic,
            ToIntFunction<V> attemptOf) {
        var end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() < end) {
            announce(producer);
            V found = null;
            for (var record : worker.poll(Duration.ofSeconds(1))) {
                V work = topic.codec().decode(record.value());
                boolean accept = attemptOf.applyAsInt(work) == attempt;
                worker.acknowledge(record, accept ? AcknowledgeType.ACCEPT : AcknowledgeType.RELEASE);
                found = accept ? work : found;
            }
            worker.commitSync();
            if (found != null) {
                return found;
            }
        }
        throw new AssertionError(String.format(Locale.ROOT, "attempt %d did not come within %s", attempt, LIMIT));
    }

    private void announce(Producer<String, byte[]> producer) {
        var status = new WorkerStatus(
                "trainer", "gpu-1", "1", "engine", null, State.IDLE, null, null, null, Instant.EPOCH, Instant.EPOCH);
        producer.send(topics.workers.record(status.key(), status));
    }

    private static EpochTrained trained(Assignment assignment) {
        return new EpochTrained(
                assignment.runId(),
                0,
                assignment.attempt(),
                new CheckpointRef("file:/epoch-0", "0".repeat(64)),
                null,
                new DataManifest(
                        Collections.nCopies(10, "class"), Collections.nCopies(10, 6L), Collections.nCopies(10, 6L)),
                null,
                Duration.ofSeconds(1),
                "gpu-1",
                "engine",
                Instant.now().plus(Duration.ofHours(2)));
    }
}
