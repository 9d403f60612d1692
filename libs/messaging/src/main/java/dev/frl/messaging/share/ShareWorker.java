package dev.frl.messaging.share;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.KafkaSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicIdPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records of a topic from a share group, one at a time, and works on each for as long as it takes. One thread holds the
 * record, renewing its lease at half of its time; another works.
 *
 * <p>Work that ends is accepted. Work that is cut short because this worker closes is released, once, and goes to another
 * member. A lease that cannot be renewed (the broker was away, this process slept) is lost: the work is interrupted, and the
 * record goes to another member without a word from here. A record that cannot be read goes to the dead-letter topic.
 */
public final class ShareWorker<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShareWorker.class);
    /** Also how long {@link #close} may wait for an idle worker. No wake-up instead: it would tear a commit apart. */
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Duration LEAVING = Duration.ofSeconds(5);
    /** How long work may go on after {@link #close} before it is interrupted, and after that until it is left alone. */
    private static final long GRACE_MILLIS = 2000;

    private static final long PAUSE_MILLIS = 1000;
    private static final int DEFAULT_LEASE_MILLIS = 30_000;

    /** What is done with a record. */
    @FunctionalInterface
    public interface Work<V> {
        /**
         * Returns normally only when all is done and written, since the record is then gone for good. Work that ends early
         * because its lease is over throws; {@link Lease#throwIfOver} does.
         *
         * @param lease to be looked at between steps; the thread is interrupted as well when it is lost
         */
        void run(V value, Lease lease) throws Exception;
    }

    /** What becomes of a record whose work failed. */
    public enum Verdict {
        /** It is settled: whom it concerns was told. */
        SETTLED,
        /** It goes to the dead-letter topic. */
        DEAD_LETTER,
        /** Somebody tries again, after a pause that grows with its deliveries. */
        AGAIN
    }

    /** Decides when work fails, on the thread of the work and under its lease. Not asked when the lease is over. */
    @FunctionalInterface
    public interface OnFailure<V> {
        Verdict failed(V value, Lease lease, Exception error) throws Exception;
    }

    private final ShareConsumer<byte[], byte[]> consumer;
    private final WorkThread<V> attempt;
    private final Topic<V> topic;
    private final Thread thread;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Object bell = new Object();
    private volatile boolean closing;

    private ShareWorker(ShareConsumer<byte[], byte[]> consumer, Topic<V> topic, String name, WorkThread<V> attempt) {
        this.consumer = consumer;
        this.topic = topic;
        this.attempt = attempt;
        this.thread = new Thread(this::run, name + "-lease");
    }

    /**
     * Begins to take records.
     *
     * @param name of this worker, unique among those of its process and telling among those of the group: service and host
     * @param group share group
     */
    public static <V> ShareWorker<V> start(
            KafkaSettings settings, String name, String group, Topic<V> topic, Work<V> work, OnFailure<V> onFailure) {
        var consumer = Clients.shareConsumer(settings, name, group);
        var attempt = new WorkThread<>(topic, work, onFailure, new DeadLetterProducer(settings, name), name);
        var worker = new ShareWorker<>(consumer, topic, name, attempt);
        worker.thread.start();
        return worker;
    }

    /** Completes when this worker has ended: normally after {@link #close}, exceptionally if Kafka refuses it. */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** Lets the work end within a short time, or interrupts it and releases its record. Returns when all is over. */
    @Override
    public void close() {
        closing = true;
        ring();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try (attempt;
                AutoCloseable leave = () -> consumer.close(LEAVING)) {
            consumer.setAcknowledgementCommitCallback(ShareWorker::settled);
            consumer.subscribe(List.of(topic.name()));
            while (!closing) {
                next().ifPresent(this::hold);
            }
        } catch (Exception | Error e) {
            LOG.atError().setCause(e).addKeyValue("topic", topic.name()).log("takes no more records");
            ended.completeExceptionally(e);
        }
        ended.complete(null);
    }

    private Optional<ConsumerRecord<byte[], byte[]>> next() {
        try {
            return first(consumer.poll(POLL));
        } catch (AuthenticationException | AuthorizationException | UnsupportedVersionException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.atWarn().setCause(e).addKeyValue("topic", topic.name()).log("no record now; trying again");
            await(() -> closing, PAUSE_MILLIS);
            return Optional.empty();
        }
    }

    /** Has the record from its delivery to its end. */
    private void hold(ConsumerRecord<byte[], byte[]> record) {
        var lease = new Lease(
                record.topic(),
                record.partition(),
                record.offset(),
                record.deliveryCount().orElse((short) 1));
        var outcome = attempt.begin(record, lease, this::ring);
        long half = consumer.acquisitionLockTimeoutMs().orElse(DEFAULT_LEASE_MILLIS) / 2;
        await(outcome, half);
        while (!outcome.isDone() && !closing) {
            if (!renew(record, half)) {
                giveUp(lease, outcome);
                return;
            }
            await(outcome, half);
        }
        if (!outcome.isDone()) {
            lease.stop();
            long grace = Math.min(half / 2, GRACE_MILLIS);
            awaitEnd(outcome, grace);
            attempt.interrupt();
            awaitEnd(outcome, grace);
        }
        settle(record, outcome.getNow(AcknowledgeType.RELEASE));
    }

    /** Whether the lease goes on. The consumer must be given the record again before it can be settled. */
    private boolean renew(ConsumerRecord<byte[], byte[]> record, long millis) {
        try {
            consumer.acknowledge(record, AcknowledgeType.RENEW);
            if (!committed(Duration.ofMillis(millis))) {
                return false;
            }
            var again = first(consumer.poll(Duration.ofMillis(millis)));
            boolean same = again.filter(r -> r.partition() == record.partition() && r.offset() == record.offset())
                    .isPresent();
            if (!same) {
                again.ifPresent(other -> settle(other, AcknowledgeType.RELEASE)); // its turn is not now
                consumer.commitAsync();
            }
            return same;
        } catch (KafkaException | IllegalStateException e) {
            LOG.atDebug().setCause(e).log("not renewed");
            return false;
        }
    }

    /** The lease was lost. No other record is taken while work on this one goes on. */
    private void giveUp(Lease lease, CompletableFuture<AcknowledgeType> outcome) {
        lease.lose();
        attempt.interrupt();
        LOG.atWarn().addKeyValue("record", lease).log("lease lost; its work was interrupted");
        while (!outcome.isDone() && !closing) {
            await(outcome, PAUSE_MILLIS);
        }
        awaitEnd(outcome, GRACE_MILLIS);
    }

    /**
     * The word goes to the broker with the question for the next record, or with the last one of this worker: a trip for each
     * would leave processors idle between two short pieces of work.
     */
    private void settle(ConsumerRecord<byte[], byte[]> record, AcknowledgeType type) {
        try {
            consumer.acknowledge(record, type);
        } catch (IllegalStateException e) {
            notSettled(record.topic() + "-" + record.partition() + "@" + record.offset(), e);
        }
    }

    /** Called by the consumer within its own calls, on the thread of the lease. */
    private static void settled(Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception error) {
        if (error != null) {
            offsets.forEach((partition, of) -> notSettled(partition.topicPartition() + "@" + of, error));
        }
    }

    private static void notSettled(String record, Exception why) {
        LOG.atWarn()
                .addKeyValue("record", record)
                .addKeyValue("reason", why.getMessage())
                .log("not settled; somebody will be given it again");
    }

    private boolean committed(Duration timeout) {
        return consumer.commitSync(timeout).values().stream().allMatch(Optional::isEmpty);
    }

    private static Optional<ConsumerRecord<byte[], byte[]>> first(ConsumerRecords<byte[], byte[]> records) {
        var iterator = records.iterator();
        return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }

    /** Waits for the work's end or for this worker to be closed. */
    private void await(CompletableFuture<?> outcome, long millis) {
        await(() -> outcome.isDone() || closing, millis);
    }

    /** Waits for the work's end, closed or not. */
    private void awaitEnd(CompletableFuture<?> outcome, long millis) {
        await(outcome::isDone, millis);
    }

    private void await(BooleanSupplier condition, long millis) {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (bell) {
            while (!condition.getAsBoolean()) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                try {
                    bell.wait(left);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("nobody interrupts the thread of the lease", e);
                }
            }
        }
    }

    private void ring() {
        synchronized (bell) {
            bell.notifyAll();
        }
    }
}
