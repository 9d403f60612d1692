package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput.ShardAttacked;
import dev.frl.core.run.RunInput.WorkFailed;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.engine.reference.ReferenceEngine;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.CompactedTopic;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.messaging.share.Lease;
import dev.frl.service.StandardTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real broker. */
@Timeout(90)
class WorkerServiceTest {
    private static final Topics TOPICS = StandardTopics.create();

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void records_are_worked_on_once_and_a_failure_is_reported_and_holds_up_nothing() throws Exception {
        // Given
        var calls = new AtomicInteger();
        var closed = new AtomicBoolean();
        var task = new WorkerService.Task<ShardTask>() {
            @Override
            public void run(ShardTask shard, Lease lease, Announcer announcer, WorkMeter meter) throws Exception {
                calls.incrementAndGet();
                if (shard.runId().equals("bad")) {
                    throw new IllegalArgumentException("no such attack");
                }
                announcer.announce(TOPICS.shardAttacked, shard.runId(), Tasks.attacked(shard));
            }

            @Override
            public WorkItem item(ShardTask shard) {
                return Tasks.task(Tasks.NOTHING).item(shard);
            }

            @Override
            public void close() {
                closed.set(true);
            }
        };
        try (var broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, TOPICS, new TopicAdmin.Layout(1, 1, Duration.ofSeconds(2)));
            for (var runId : List.of("bad", "good")) {
                try (var producer = Clients.producer(kafka, "test")) {
                    producer.send(TOPICS.attackShards.record(runId, Tasks.shard(runId)))
                            .get();
                }
            }

            // When
            var service = start(kafka, task);
            var failures = read(kafka, TOPICS.workFailures);
            var results = read(kafka, TOPICS.shardAttacked);
            service.close();

            // Then
            assertThat(failures)
                    .extracting(WorkFailed::runId, WorkFailed::reason)
                    .containsExactly(org.assertj.core.groups.Tuple.tuple("bad", "no such attack"));
            assertThat(results).extracting(ShardAttacked::runId).containsExactly("good");
            assertThat(calls).hasValue(2);
            assertThat(service.ended()).isCompleted();
            assertThat(closed).isTrue();
        }
    }

    @Test
    void a_worker_on_a_drained_host_takes_nothing_until_its_host_is_undrained_and_says_what_it_does() throws Exception {
        // Given
        var undrained = new AtomicBoolean();
        var tooEarly = new AtomicBoolean();
        var host = context().host();
        var task = Tasks.task((shard, lease, announcer, meter) -> {
            tooEarly.compareAndSet(false, !undrained.get());
            announcer.announce(TOPICS.shardAttacked, shard.runId(), Tasks.attacked(shard));
        });
        try (var broker = EmbeddedBroker.start(directory.resolve("broker"), 0)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, TOPICS, new TopicAdmin.Layout(1, 1, Duration.ofSeconds(2)));
            try (var producer = Clients.producer(kafka, "test")) {
                producer.send(TOPICS.workerCommands.record(host, new HostOrder(host, true, Instant.EPOCH)))
                        .get();
                producer.send(TOPICS.attackShards.record("good", Tasks.shard("good")))
                        .get();
                var service = start(kafka, task);
                var draining = await(kafka, TOPICS.workers, status -> status.state() == State.DRAINING);

                // When
                undrained.set(true);
                producer.send(TOPICS.workerCommands.record(host, new HostOrder(host, false, Instant.EPOCH)))
                        .get();
                var results = read(kafka, TOPICS.shardAttacked);
                var idle = await(kafka, TOPICS.workers, status -> status.state() == State.IDLE);
                service.close();

                // Then
                assertThat(results).extracting(ShardAttacked::runId).containsExactly("good");
                assertThat(tooEarly).isFalse();
                assertThat(draining.key()).startsWith("test/" + host + "/").isEqualTo(idle.key());
                assertThat(CompactedTopic.latest(kafka, TOPICS.workers, Duration.ofSeconds(30)))
                        .isEmpty();
            }
        }
    }

    private WorkerService<ShardTask> start(KafkaSettings kafka, WorkerService.Task<ShardTask> task) {
        return WorkerService.start(
                "test", context(), kafka, TOPICS, Topics.ATTACKERS, TOPICS.attackShards, task, InstantSource.system());
    }

    private WorkerContext context() {
        var store = new CheckpointStore(directory.resolve("checkpoints"), List.of());
        return new WorkerContext(new ReferenceEngine(), 1, store, new DataStore(null, directory, Progress.NONE));
    }

    /** Waits for the first messages. */
    private static <V> List<V> read(KafkaSettings kafka, Topic<V> topic) {
        var values = new ArrayList<V>();
        try (var consumer = Clients.consumer(kafka, "test", null)) {
            TopicReader.seekToBeginning(consumer, topic);
            while (values.isEmpty()) {
                consumer.poll(Duration.ofMillis(200))
                        .forEach(record -> TopicReader.value(topic, record).ifPresent(values::add));
            }
        }
        return values;
    }

    /** Waits for a message. */
    private static <V> V await(KafkaSettings kafka, Topic<V> topic, Predicate<V> wanted) {
        try (var consumer = Clients.consumer(kafka, "test", null)) {
            TopicReader.seekToBeginning(consumer, topic);
            while (true) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    var value = TopicReader.value(topic, record);
                    if (value.filter(wanted).isPresent()) {
                        return value.get();
                    }
                }
            }
        }
    }
}
