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
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerConfig;
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
import org.slf4j.MDC;

/**
 * Takes records of a topic from a share group, one at a time, and works on each for as long as it takes. One thread holds the
 * record and renews its lease after half of its duration; another thread works.
 *
 * <p>When the work ends, the record is accepted. When this worker closes during the work, the record is released and goes to
 * another member. A lease that cannot be renewed (the broker was unreachable, this process was suspended) is lost: the work is
 * interrupted, and Kafka redelivers the record without an acknowledgement. An unreadable record goes to the dead-letter topic.
 *
 * <p>While its gate is closed, this worker is no member of the group, so that the broker gives all records to others.
 */
public final class ShareWorker<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShareWorker.class);
    /** Also the longest wait of {@link #close} for an idle worker. A wake-up would be faster, but could interrupt a commit. */
    private static final Duration POLL = Duration.ofMillis(500);

    private static final Duration LEAVING = Duration.ofSeconds(5);
    /** How long {@link #close} waits for the work before it interrupts it, and again before it leaves it behind. */
    private static final long GRACE_MILLIS = 2000;

    private static final long PAUSE_MILLIS = 1000;
    /** Time between two looks at a closed gate. */
    private static final long GATE_MILLIS = 100;

    private static final int DEFAULT_LEASE_MILLIS = 30_000;

    /** The work on a record. */
    @FunctionalInterface
    public interface OnRecord<V> {
        /**
         * Returns normally only when all results are written, since the record is then accepted and never redelivered. Work
         * that ends early because its lease is over throws, with {@link Lease#throwIfOver}.
         *
         * @param lease to be checked between steps; when it is lost, the thread is interrupted too
         */
        void run(V value, Lease lease) throws Exception;
    }

    /** Handles a failure of the work, on the same thread and under the same lease. Not called when the lease is over. */
    @FunctionalInterface
    public interface OnFailure<V> {
        /**
         * Called again, after a pause that grows, for as long as it throws and the lease holds.
         *
         * @param error an Error too, such as one of memory or of a missing library
         */
        Acknowledgement failed(V value, Lease lease, Throwable error) throws Exception;
    }

    /** Hears what happens beside the work, for meters. */
    public interface Observer {
        Observer NONE = new Observer() {};

        /** A consumer was opened. */
        default void opened(ShareConsumer<byte[], byte[]> consumer) {}

        /** The consumer that was opened last will be closed. */
        default void closes() {}

        /** A record was moved to the dead-letter topic. */
        default void deadLetter() {}
    }

    private final Supplier<ShareConsumer<byte[], byte[]>> consumers;
    private final Observer observer;
    private final BooleanSupplier gate;
    private final WorkThread<V> workThread;
    private final Topic<V> topic;
    private final Thread thread;
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Object bell = new Object();
    private ShareConsumer<byte[], byte[]> consumer;
    private boolean member;
    private boolean left;
    private volatile boolean closing;

    private ShareWorker(
            Supplier<ShareConsumer<byte[], byte[]>> consumers,
            BooleanSupplier gate,
            Topic<V> topic,
            String name,
            WorkThread<V> workThread,
            Observer observer) {
        this.consumers = consumers;
        this.observer = observer;
        this.consumer = open(); // wrong settings are the caller's to know
        this.gate = gate;
        this.topic = topic;
        this.workThread = workThread;
        this.thread = new Thread(this::run, name + "-lease");
    }

    /**
     * Starts to take records.
     *
     * @param name client id of this worker, unique in its process and recognizable in its group: service and host
     * @param group share group
     * @param work done on each record
     * @param onFailure called when the work throws
     * @param gate whether this worker may take records; asked several times a second. A record that it holds is finished in any case
     * @param observer called from the threads of this worker
     */
    public static <V> ShareWorker<V> start(
            KafkaSettings settings,
            String name,
            String group,
            Topic<V> topic,
            OnRecord<V> work,
            OnFailure<V> onFailure,
            BooleanSupplier gate,
            Observer observer) {
        settings.warnWithoutEffect(Set.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG)); // one lease at a time
        var deadLetters = new DeadLetterProducer(settings, name);
        var workThread = new WorkThread<>(topic, work, onFailure, deadLetters, observer, name, Thread::sleep);
        var worker = new ShareWorker<>(
                () -> Clients.shareConsumer(settings, name, group), gate, topic, name, workThread, observer);
        worker.thread.start();
        return worker;
    }

    private ShareConsumer<byte[], byte[]> open() {
        var opened = consumers.get();
        observer.opened(opened);
        return opened;
    }

    /**
     * Completes when this worker has ended: normally after {@link #close}, exceptionally if Kafka rejects it, or if an error of the
     * virtual machine leaves no hope that further work succeeds.
     */
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** Lets the work end within a short time, otherwise interrupts it and releases its record. Returns when both threads are done. */
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
        try (workThread;
                AutoCloseable last = this::leave) {
            while (!closing) {
                workThread.requireSound();
                if (!gate.getAsBoolean()) {
                    if (member) {
                        leave();
                    }
                    await(() -> closing, GATE_MILLIS);
                } else if (join()) {
                    next().ifPresent(this::hold);
                }
            }
        } catch (Exception | Error e) {
            boolean refused = e instanceof AuthenticationException || e instanceof AuthorizationException;
            LOG.atError()
                    .setCause(refused ? null : e) // the reason says all; the code is not to blame
                    .addKeyValue("topic", topic.name())
                    .addKeyValue("reason", e.getMessage())
                    .log("share worker failed; it takes no more records");
            ended.completeExceptionally(e);
        }
        ended.complete(null);
    }

    private boolean join() {
        if (member) {
            return true;
        }
        try {
            if (left) {
                consumer = open();
                left = false;
            }
            consumer.setAcknowledgementCommitCallback(ShareWorker::acknowledged);
            consumer.subscribe(List.of(topic.name()));
            member = true;
        } catch (KafkaException e) {
            LOG.atWarn().setCause(e).addKeyValue("topic", topic.name()).log("joining the group failed; trying again");
            await(() -> closing, PAUSE_MILLIS);
        }
        return member;
    }

    /** Sends the last acknowledgement, and gives back what the broker may have sent. A member that only stopped to poll would keep it. */
    private void leave() {
        if (!left) {
            left = true;
            member = false;
            observer.closes();
            try {
                consumer.close(LEAVING);
            } catch (KafkaException e) {
                LOG.atWarn().setCause(e).addKeyValue("topic", topic.name()).log("leaving the group failed");
            }
        }
    }

    private Optional<ConsumerRecord<byte[], byte[]>> next() {
        try {
            return first(consumer.poll(POLL));
        } catch (AuthenticationException | AuthorizationException | UnsupportedVersionException e) {
            throw e;
        } catch (KafkaException e) {
            LOG.atWarn().setCause(e).addKeyValue("topic", topic.name()).log("fetching a record failed; trying again");
            await(() -> closing, PAUSE_MILLIS);
            return Optional.empty();
        }
    }

    /** Holds a record from its delivery to its acknowledgement. */
    private void hold(ConsumerRecord<byte[], byte[]> record) {
        var lease = new Lease(
                record.topic(),
                record.partition(),
                record.offset(),
                record.deliveryCount().orElse((short) 1),
                record.headers());
        var outcome = workThread.begin(record, lease, this::ring);
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
            workThread.interrupt();
            awaitEnd(outcome, grace);
        }
        acknowledge(record, outcome.getNow(AcknowledgeType.RELEASE));
    }

    /** Renews the lease. Kafka redelivers a renewed record to this consumer, which must poll it before it can acknowledge it. */
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
                again.ifPresent(other -> acknowledge(other, AcknowledgeType.RELEASE)); // one record at a time
                consumer.commitAsync();
            }
            return same;
        } catch (KafkaException | IllegalStateException e) {
            LOG.atDebug().setCause(e).log("lease not renewed");
            return false;
        }
    }

    /** Interrupts the work after its lease was lost, and waits: no other record is taken while this work continues. */
    private void giveUp(Lease lease, CompletableFuture<AcknowledgeType> outcome) {
        lease.lose();
        workThread.interrupt();
        MDC.setContextMap(lease.work());
        LOG.atWarn().addKeyValue("record", lease).log("lease lost; work interrupted");
        MDC.clear();
        while (!outcome.isDone() && !closing) {
            await(outcome, PAUSE_MILLIS);
        }
        awaitEnd(outcome, GRACE_MILLIS);
    }

    /**
     * Acknowledges a record. The acknowledgement travels with the next fetch, or when the consumer closes: a request of its own
     * would leave processors idle between two short pieces of work.
     */
    private void acknowledge(ConsumerRecord<byte[], byte[]> record, AcknowledgeType type) {
        try {
            consumer.acknowledge(record, type);
        } catch (IllegalStateException e) {
            notAcknowledged(record.topic() + "-" + record.partition() + "@" + record.offset(), e);
        }
    }

    /** Called by the consumer, on the thread of the lease. */
    private static void acknowledged(Map<TopicIdPartition, Set<Long>> offsets, @Nullable Exception error) {
        if (error != null) {
            offsets.forEach((partition, of) -> notAcknowledged(partition.topicPartition() + "@" + of, error));
        }
    }

    private static void notAcknowledged(String record, Exception why) {
        LOG.atWarn()
                .addKeyValue("record", record)
                .addKeyValue("reason", why.getMessage())
                .log("acknowledgement failed; the record will be redelivered");
    }

    private boolean committed(Duration timeout) {
        return consumer.commitSync(timeout).values().stream().allMatch(Optional::isEmpty);
    }

    private static Optional<ConsumerRecord<byte[], byte[]>> first(ConsumerRecords<byte[], byte[]> records) {
        var iterator = records.iterator();
        return iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }

    /** Waits until the work ends or this worker is closed. */
    private void await(CompletableFuture<?> outcome, long millis) {
        await(() -> outcome.isDone() || closing, millis);
    }

    /** Waits until the work ends, even if this worker is closed. */
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
                    throw new IllegalStateException("the lease thread was interrupted, which no code does", e);
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
