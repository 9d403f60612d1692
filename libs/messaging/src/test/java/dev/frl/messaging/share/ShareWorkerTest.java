package dev.frl.messaging.share;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real broker, with leases of a second. */
@SuppressWarnings("NullAway.Init")
@Timeout(60)
class ShareWorkerTest {
    private static final Duration LEASE = Duration.ofSeconds(1);

    @TempDir
    private static Path directory;

    private static EmbeddedBroker broker;
    private static KafkaSettings settings;
    private static final Topics TOPICS = Samples.topics();

    private final BlockingQueue<Delivery> deliveries = new LinkedBlockingQueue<>();
    private final List<ShareWorker<?>> workers = new ArrayList<>();
    private final AtomicInteger deadLetters = new AtomicInteger();
    private final ShareWorker.Observer observer = new ShareWorker.Observer() {
        @Override
        public void deadLetter() {
            deadLetters.incrementAndGet();
        }
    };

    private record Delivery(String worker, ShardTask shard, int count) {}

    @BeforeAll
    static void start() {
        broker = EmbeddedBroker.start(directory, 0);
        settings = KafkaSettings.of(broker.bootstrapServers());
        TopicAdmin.create(settings, TOPICS, new TopicAdmin.Layout(Topics.PARTITIONS, 1, LEASE));
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @AfterEach
    void close() {
        workers.forEach(ShareWorker::close);
    }

    /** They have one key. With several partitions, all would be in the partition of one worker. */
    @Test
    void two_workers_share_the_shards_of_one_run() throws Exception {
        // Given
        var both = new CountDownLatch(2); // neither goes on before the other has a record as well
        ShareWorker.OnRecord<ShardTask> work = (shard, lease) -> {
            both.countDown();
            both.await();
        };
        worker("a", work);
        worker("b", work);

        // When
        var shard = shards(2, 1).get(0);
        publish(java.util.Collections.nCopies(10, shard));

        // Then
        assertThat(take(10)).extracting(Delivery::worker).contains("a", "b");
    }

    @Test
    void two_workers_share_the_records() throws Exception {
        // Given
        var shards = shards(1, 20);
        var both = new CountDownLatch(2); // neither goes on before the other has a record as well
        ShareWorker.OnRecord<ShardTask> work = (shard, lease) -> {
            both.countDown();
            both.await();
        };
        worker("a", work);
        worker("b", work);

        // When
        publish(shards);
        var delivered = take(20);

        // Then
        assertThat(delivered).extracting(Delivery::shard).containsExactlyInAnyOrderElementsOf(shards);
        assertThat(delivered).extracting(Delivery::worker).contains("a", "b");
        assertThat(delivered).extracting(Delivery::count).containsOnly(1);
    }

    @Test
    void a_lease_that_is_held_for_three_times_its_duration_is_nobody_elses() throws Exception {
        // Given
        var shards = shards(2, 1);
        worker("a", (shard, lease) -> Thread.sleep(3 * LEASE.toMillis()));
        worker("b", (shard, lease) -> Thread.sleep(3 * LEASE.toMillis()));

        // When
        publish(shards);
        var first = take(1);
        var second = deliveries.poll(5 * LEASE.toMillis(), TimeUnit.MILLISECONDS);

        // Then
        assertThat(first).extracting(Delivery::shard).isEqualTo(shards);
        assertThat(second).isNull();
    }

    @Test
    void the_record_of_a_worker_that_is_closed_goes_to_another_at_once() throws Exception {
        // Given
        var shards = shards(3, 1);
        var stubborn = new CountDownLatch(1);
        var first = worker("first", (shard, lease) -> stubborn.await());
        publish(shards);
        take(1);
        worker("second", (shard, lease) -> {});

        // When
        first.close();

        // Then
        assertThat(deliveries.poll(20, TimeUnit.SECONDS)).isEqualTo(new Delivery("second", shards.get(0), 2));
    }

    @Test
    void a_worker_that_is_closed_lets_work_end_that_is_nearly_done() throws Exception {
        // Given
        var shards = shards(4, 1);
        var first = worker("first", (shard, lease) -> {
            while (!lease.stopping()) {
                Thread.sleep(5);
            }
        });
        publish(shards);
        take(1);
        worker("second", (shard, lease) -> {});

        // When
        first.close();

        // Then
        assertThat(deliveries.poll(3 * LEASE.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    }

    @Test
    void a_record_that_cannot_be_read_becomes_a_dead_letter_and_holds_nobody_up() throws Exception {
        // Given
        var shards = shards(5, 1);
        worker("a", (shard, lease) -> {});

        // When
        try (var producer = Clients.producer(settings, "test")) {
            producer.send(new ProducerRecord<>(TOPICS.attackShards.name(), "key", "garbage".getBytes(UTF_8)))
                    .get();
        }
        publish(shards);
        var delivered = take(1);

        // Then
        assertThat(delivered).extracting(Delivery::shard).isEqualTo(shards);
        var letter = lastDeadLetter();
        assertThat(deadLetters).hasValue(1);
        assertThat(letter.key()).isEqualTo("key");
        assertThat(letter.value()).asString(UTF_8).isEqualTo("garbage");
        assertThat(header(letter, DeadLetterProducer.TOPIC)).isEqualTo("frl.attack-shards");
        assertThat(header(letter, DeadLetterProducer.REASON))
                .startsWith("not an Avro message in single-object encoding");
        assertThat(header(letter, DeadLetterProducer.BY)).isEqualTo("a");
    }

    @Test
    void work_that_fails_is_tried_again_after_a_pause_and_not_in_a_loop() throws Exception {
        // Given
        var failures = new AtomicInteger();
        worker("a", (shard, lease) -> {
            if (failures.incrementAndGet() <= 2) {
                throw new IllegalStateException("not today");
            }
        });
        long begin = System.nanoTime();

        // When
        publish(shards(6, 1));
        var delivered = take(3);

        // Then
        assertThat(delivered).extracting(Delivery::count).containsExactly(1, 2, 3);
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(Duration.ofSeconds(3)); // 1 s and 2 s
    }

    @Test
    void a_worker_whose_gate_is_closed_leaves_the_records_to_others_and_comes_back() throws Exception {
        // Given
        var open = new AtomicBoolean(true);
        var a = worker("a", (shard, lease) -> open.set(false), open::get);
        publish(shards(7, 1));
        var first = take(1);
        var b = worker("b", (shard, lease) -> {});

        // When
        publish(shards(8, 5));
        var meanwhile = take(5);
        b.close();
        open.set(true);
        publish(shards(9, 1));
        var last = take(1);

        // Then
        assertThat(first).extracting(Delivery::worker).containsExactly("a");
        assertThat(meanwhile).extracting(Delivery::worker).containsOnly("b");
        assertThat(meanwhile).extracting(Delivery::count).containsOnly(1);
        assertThat(last).extracting(Delivery::worker).containsExactly("a");
        assertThat(a.ended()).isNotDone();
    }

    @Test
    void a_worker_ends_with_the_reason_when_the_virtual_machine_is_beyond_hope() throws Exception {
        // Given
        var worker = worker("a", (shard, lease) -> {
            throw new InternalError("a page fault");
        });

        // When
        publish(shards(10, 1));

        // Then
        assertThat(worker.ended())
                .failsWithin(Duration.ofSeconds(50))
                .withThrowableThat()
                .havingCause()
                .withMessageContaining("a page fault");
        worker("b", (shard, lease) -> {});
        assertThat(take(2)).extracting(Delivery::worker).containsExactly("a", "b");
    }

    private ShareWorker<ShardTask> worker(String name, ShareWorker.OnRecord<ShardTask> work) {
        return worker(name, work, () -> true);
    }

    private ShareWorker<ShardTask> worker(String name, ShareWorker.OnRecord<ShardTask> work, BooleanSupplier gate) {
        var worker = ShareWorker.start(
                settings,
                name,
                Topics.ATTACKERS,
                TOPICS.attackShards,
                (shard, lease) -> {
                    deliveries.add(new Delivery(name, shard, lease.deliveryCount()));
                    work.run(shard, lease);
                },
                (shard, lease, error) -> Acknowledgement.RELEASE,
                gate,
                observer);
        workers.add(worker);
        return worker;
    }

    private List<Delivery> take(int count) throws InterruptedException {
        var taken = new ArrayList<Delivery>();
        while (taken.size() < count) {
            var delivery = deliveries.poll(30, TimeUnit.SECONDS);
            assertThat(delivery).as("delivery %d", taken.size() + 1).isNotNull();
            taken.add(delivery);
        }
        return taken;
    }

    private static List<ShardTask> shards(long seed, int count) {
        var samples = new Samples(seed);
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> samples.shard())
                .toList();
    }

    private static void publish(List<ShardTask> shards) throws Exception {
        try (var producer = Clients.producer(settings, "test")) {
            for (var shard : shards) {
                producer.send(TOPICS.attackShards.record(shard.runId(), shard)).get();
            }
        }
    }

    private static ConsumerRecord<String, byte[]> lastDeadLetter() {
        try (var consumer = Clients.consumer(settings, "test", null)) {
            consumer.assign(List.of(new TopicPartition(TOPICS.attackShards.deadLetters(), 0)));
            consumer.seekToBeginning(consumer.assignment());
            while (true) {
                var records = consumer.poll(Duration.ofSeconds(1));
                if (!records.isEmpty()) {
                    return records.iterator().next();
                }
            }
        }
    }

    private static String header(ConsumerRecord<?, ?> record, String name) {
        return new String(record.headers().lastHeader(name).value(), UTF_8);
    }
}
