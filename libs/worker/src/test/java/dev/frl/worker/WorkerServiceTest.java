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
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.share.Lease;
import dev.frl.service.StandardTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
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
            public void run(ShardTask shard, Lease lease, Announcer announcer) throws Exception {
                calls.incrementAndGet();
                if (shard.runId().equals("bad")) {
                    throw new IllegalArgumentException("no such attack");
                }
                announcer.announce(TOPICS.shardAttacked, shard.runId(), Tasks.attacked(shard));
            }

            @Override
            public WorkFailed failed(ShardTask shard, WorkFailure failure) {
                return Tasks.task(Tasks.NOTHING).failed(shard, failure);
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
            var service =
                    WorkerService.start("test", context(), kafka, TOPICS, Topics.ATTACKERS, TOPICS.attackShards, task);
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
}
