package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.core.run.Work;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.messaging.share.Lease;
import dev.frl.service.StandardTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** With Kafka's mock producer and mock consumer, and a clock that the tests advance. */
@Timeout(60)
class WorkerReporterTest {
    private static final Instant BEGIN = Instant.parse("2026-11-25T12:00:00Z");
    private static final Topics TOPICS = StandardTopics.create();
    private static final TopicPartition ORDERS = new TopicPartition("frl.worker-commands", 0);
    private static final TopicPartition WITHDRAWN = new TopicPartition("frl.withdrawals", 0);

    private volatile Instant now = BEGIN;
    private final Withdrawals withdrawals = new Withdrawals();
    private final MockProducer<String, byte[]> producer =
            new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer());
    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("earliest");
    private final WorkerPresence presence = new WorkerPresence("attacker", "gpu-1", "7-ab", "reference", () -> now);
    private final WorkMeter meter = meter("run-1");

    @Test
    void progress_is_reported_under_the_run_at_most_every_five_seconds() {
        // Given
        var reporter = reporter(producer);
        presence.begins(meter);
        meter.done(50, 200);

        // When
        for (int second = 0; second < 12; second++) {
            reporter.tick();
            now = now.plusSeconds(1);
            meter.done(50 + second, 200);
        }

        // Then
        assertThat(sent(TOPICS.workProgress.name())).hasSize(2);
        assertThat(sent(TOPICS.workProgress.name()).get(0).key()).isEqualTo("run-1");
        assertThat(TOPICS.workProgress
                        .codec()
                        .decode(sent(TOPICS.workProgress.name()).get(0).value()))
                .isEqualTo(new WorkProgressed(
                        "run-1", new Work.EpochTraining(3), 2, 0.27, 10.8, "gpu-1", BEGIN.plusSeconds(5)));
    }

    @Test
    void a_worker_is_announced_at_once_on_changes_and_every_thirty_seconds() {
        // Given
        var reporter = reporter(producer);
        reporter.tick();
        presence.begins(meter);

        // When
        for (int second = 0; second < 70; second++) {
            reporter.tick();
            now = now.plusSeconds(1);
        }

        // Then
        assertThat(announced())
                .extracting(WorkerStatus::state)
                .containsExactly(State.IDLE, State.WORKING, State.WORKING, State.WORKING);
        assertThat(announced())
                .extracting(status -> Duration.between(BEGIN, status.at()).toSeconds())
                .containsExactly(0L, 5L, 35L, 65L);
        assertThat(sent(TOPICS.workers.name()))
                .allSatisfy(message -> assertThat(message.key()).isEqualTo("attacker/gpu-1/7-ab"));
    }

    @Test
    void a_worker_that_takes_one_record_after_another_is_announced_every_five_seconds() {
        // Given
        var reporter = reporter(producer);

        // When
        for (int record = 0; record < 100; record++) {
            presence.begins(meter("run-" + record));
            reporter.tick();
            presence.ends();
            reporter.tick();
            now = now.plusMillis(100);
        }

        // Then
        assertThat(announced()).hasSize(2);
    }

    @Test
    void a_pause_and_its_end_are_announced_at_once() {
        // Given
        var reporter = reporter(producer);
        reporter.tick();

        // When
        presence.failedForItsHost("no data");
        reporter.tick();
        now = now.plusSeconds(10);
        reporter.tick();

        // Then
        assertThat(announced()).extracting(WorkerStatus::state).containsExactly(State.IDLE, State.PAUSED, State.IDLE);
        assertThat(announced().get(1).reason()).isEqualTo("no data");
        assertThat(announced().get(1).until()).isEqualTo(BEGIN.plusSeconds(10));
    }

    @Test
    void orders_to_the_host_are_obeyed_and_those_to_others_are_not() {
        // Given
        var orders = orders();
        order("gpu-2", true);
        order("gpu-1", true);
        orders.await(Duration.ZERO);
        boolean free = presence.takesRecords();
        orders.await(Duration.ZERO);
        boolean drained = !presence.takesRecords();
        order("gpu-1", false);
        order("gpu-2", true);

        // When
        orders.await(Duration.ZERO);
        orders.await(Duration.ZERO);

        // Then
        assertThat(free).isTrue();
        assertThat(drained).isTrue();
        assertThat(presence.takesRecords()).isTrue();
    }

    @Test
    void orders_that_were_given_before_the_worker_started_are_known_before_it_takes_a_record() {
        // Given
        var orders = orders();
        order("gpu-1", true);
        consumer.updateEndOffsets(Map.of(ORDERS, 1L));
        consumer.schedulePollTask(() -> {
            assertThat(presence.takesRecords()).isFalse();
            assertThat(presence.status().state()).isEqualTo(State.IDLE);
        });

        // When
        orders.await(Duration.ZERO);

        // Then
        assertThat(presence.takesRecords()).isFalse();
        assertThat(presence.status().state()).isEqualTo(State.DRAINING);
    }

    @Test
    void without_the_topic_of_orders_the_worker_works_all_the_same() {
        // Given
        var orders = new WorkerOrders(consumer, TOPICS, "gpu-1", presence, withdrawals);
        consumer.updatePartitions("frl.worker-commands", List.of());

        // When
        boolean readable = orders.await(Duration.ZERO);

        // Then
        assertThat(readable).isFalse();
        assertThat(presence.takesRecords()).isTrue();
    }

    @Test
    void a_worker_that_kafka_refuses_goes_on_so_that_its_share_consumer_says_so() {
        // Given
        var orders = orders();
        consumer.updateEndOffsets(Map.of(ORDERS, 1L));
        consumer.setPollException(new SaslAuthenticationException("wrong password"));

        // When
        boolean readable = orders.await(Duration.ZERO);

        // Then
        assertThat(readable).isFalse();
        assertThat(presence.takesRecords()).isTrue();
    }

    @Test
    void while_no_broker_answers_no_record_is_taken() {
        // Given
        var orders = orders();
        consumer.updateEndOffsets(Map.of(ORDERS, 1L));
        consumer.setPollException(new TimeoutException("no broker"));

        // When
        orders.await(Duration.ZERO);

        // Then
        assertThat(presence.takesRecords()).isFalse();
    }

    @Test
    void a_worker_that_closes_says_goodbye() {
        // Given
        var reporter = reporter(producer);
        reporter.start();
        while (sent(TOPICS.workers.name()).isEmpty()) {
            Thread.onSpinWait();
        }

        // When
        reporter.close();

        // Then
        var last = sent(TOPICS.workers.name());
        assertThat(last.get(last.size() - 1).key()).isEqualTo("attacker/gpu-1/7-ab");
        assertThat(last.get(last.size() - 1).value()).isNull();
        assertThat(producer.closed()).isTrue();
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void reports_that_kafka_refuses_are_told_once_a_minute() {
        // Given
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        var logger = (Logger) LoggerFactory.getLogger(WorkerReporter.class);
        logger.addAppender(log);
        var refused = new MockProducer<>(false, null, new StringSerializer(), new ByteArraySerializer());
        var reporter = reporter(refused);

        // When: reports after 0 s, 30 s and 60 s
        for (int second = 0; second < 70; second++) {
            reporter.tick();
            refused.errorNext(new TopicAuthorizationException(Set.of("frl.workers")));
            now = now.plusSeconds(1);
        }
        logger.detachAppender(log);

        // Then
        assertThat(log.list).hasSize(2).allSatisfy(line -> {
            assertThat(line.getLevel()).isEqualTo(Level.WARN);
            assertThat(line.getKeyValuePairs().toString()).contains("frl.workers", "frl topics acls");
        });
    }

    @Test
    void reports_that_fail_end_nothing() throws Exception {
        // Given
        var tries = new AtomicInteger();
        var twice = new CountDownLatch(2);
        var failing = new MockProducer<>(true, null, new StringSerializer(), new ByteArraySerializer()) {
            @Override
            public synchronized Future<RecordMetadata> send(ProducerRecord<String, byte[]> message, Callback callback) {
                twice.countDown();
                if (tries.incrementAndGet() == 1) {
                    throw new OutOfMemoryError("for a moment");
                }
                throw new KafkaException("no broker");
            }
        };
        var time = new AtomicLong();
        var reporter = new WorkerReporter(
                "test", presence, failing, TOPICS, orders(), () -> now, () -> time.addAndGet(60_000_000_000L));

        // When
        reporter.start();
        twice.await();

        // Then
        reporter.close();
        assertThat(tries.get()).isGreaterThanOrEqualTo(2);
    }

    private WorkerReporter reporter(MockProducer<String, byte[]> to) {
        return new WorkerReporter("test", presence, to, TOPICS, orders(), () -> now, this::nanos);
    }

    private WorkerOrders orders() {
        for (var partition : List.of(ORDERS, WITHDRAWN)) {
            var info = new PartitionInfo(partition.topic(), 0, Node.noNode(), new Node[0], new Node[0]);
            consumer.updatePartitions(partition.topic(), List.of(info));
            consumer.updateBeginningOffsets(Map.of(partition, 0L));
            consumer.updateEndOffsets(Map.of(partition, 0L));
        }
        return new WorkerOrders(consumer, TOPICS, "gpu-1", presence, withdrawals);
    }

    @Test
    void work_that_is_withdrawn_while_the_worker_holds_it_is_dropped() {
        // Given
        var lease = new Lease("frl.attack-shards", 0, 1, 1);
        withdrawals.begins(new WorkItem("run-1", new Work.EpochTraining(3), 9, 2), lease);
        var orders = orders();
        orders.await(Duration.ZERO);
        withdraw("other", 7);
        withdraw("run-1", 1);

        // When
        orders.await(Duration.ZERO);
        orders.await(Duration.ZERO);
        var before = lease.withdrawn();
        withdraw("run-1", 2);
        orders.await(Duration.ZERO);

        // Then
        assertThat(before).isNull();
        assertThat(lease.withdrawn()).isEqualTo("a user asked");
        assertThat(lease.over()).isTrue();
    }

    private long offset;

    private long withdrawn;

    private void withdraw(String run, int attempt) {
        long at = withdrawn++;
        byte[] value = TOPICS.withdrawals.codec().encode(new Outbox.Withdrawal(run, attempt, "a user asked"));
        consumer.schedulePollTask(() -> consumer.addRecord(new ConsumerRecord<>(WITHDRAWN.topic(), 0, at, run, value)));
    }

    private void order(String host, boolean drain) {
        long at = offset++;
        byte[] value = TOPICS.workerCommands.codec().encode(new HostOrder(host, drain, BEGIN));
        consumer.schedulePollTask(() -> consumer.addRecord(new ConsumerRecord<>(ORDERS.topic(), 0, at, host, value)));
    }

    private WorkMeter meter(String runId) {
        return new WorkMeter(new WorkItem(runId, new Work.EpochTraining(3), 2, 2), this::nanos, images -> {});
    }

    private long nanos() {
        return Duration.between(BEGIN, now).toNanos();
    }

    private List<ProducerRecord<String, byte[]>> sent(String topic) {
        return producer.history().stream()
                .filter(message -> message.topic().equals(topic))
                .toList();
    }

    private List<WorkerStatus> announced() {
        return sent(TOPICS.workers.name()).stream()
                .map(message -> TOPICS.workers.codec().decode(message.value()))
                .toList();
    }
}
