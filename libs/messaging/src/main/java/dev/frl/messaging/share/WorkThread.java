package dev.frl.messaging.share;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.share.ShareWorker.OnFailure;
import dev.frl.messaging.share.ShareWorker.Work;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Works on one record after another, always on the same thread: engines keep memory per thread. */
public final class WorkThread<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkThread.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Topic<V> topic;
    private final Work<V> work;
    private final OnFailure<V> onFailure;
    private final DeadLetterProducer deadLetters;
    private final ExecutorService executor;
    private final Object interruption = new Object();
    private @Nullable Thread busy; // guarded by interruption

    WorkThread(Topic<V> topic, Work<V> work, OnFailure<V> onFailure, DeadLetterProducer deadLetters, String name) {
        this.topic = topic;
        this.work = work;
        this.onFailure = onFailure;
        this.deadLetters = deadLetters;
        this.executor = Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(task, name + "-work");
            thread.setDaemon(true); // work that ignores its interruption must not keep the process alive
            return thread;
        });
    }

    /**
     * Starts the work on a record.
     *
     * @param afterwards runs when the work has ended
     * @return completes, always normally, with the acknowledgement for the record
     */
    CompletableFuture<AcknowledgeType> begin(ConsumerRecord<byte[], byte[]> record, Lease lease, Runnable afterwards) {
        var outcome = new CompletableFuture<AcknowledgeType>();
        executor.execute(() -> {
            var acknowledgement = AcknowledgeType.RELEASE;
            try {
                synchronized (interruption) {
                    busy = Thread.currentThread();
                }
                acknowledgement = lease.over() ? AcknowledgeType.RELEASE : outcomeOf(record, lease);
            } finally {
                synchronized (interruption) {
                    busy = null;
                    Thread.interrupted(); // the interruption was meant for this record, not for the next
                }
                outcome.complete(acknowledgement);
                afterwards.run();
            }
        });
        return outcome;
    }

    /** Interrupts the work, if any is in progress. */
    void interrupt() {
        synchronized (interruption) {
            if (busy != null) {
                busy.interrupt();
            }
        }
    }

    private AcknowledgeType outcomeOf(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        V value;
        try {
            value = read(record);
        } catch (UnreadableMessage e) {
            return deadLetter(record, lease, e);
        }
        try {
            work.run(value, lease);
            return AcknowledgeType.ACCEPT;
        } catch (Exception e) {
            return lease.over() ? AcknowledgeType.RELEASE : afterFailure(record, value, lease, e);
        }
    }

    private V read(ConsumerRecord<byte[], byte[]> record) {
        byte @Nullable [] bytes = record.value();
        if (bytes == null) {
            throw new UnreadableMessage("the message has no value");
        }
        return topic.codec().decode(bytes);
    }

    private AcknowledgeType afterFailure(ConsumerRecord<byte[], byte[]> record, V value, Lease lease, Exception error) {
        Acknowledgement acknowledgement;
        try {
            acknowledgement = onFailure.failed(value, lease, error);
        } catch (Exception e) {
            e.addSuppressed(error);
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("record", lease)
                    .log("the failure could not be reported; the record is released");
            acknowledgement = Acknowledgement.RELEASE;
        }
        return switch (acknowledgement) {
            case ACCEPT -> AcknowledgeType.ACCEPT;
            case REJECT -> deadLetter(record, lease, error);
            case RELEASE -> pauseAndRelease(lease);
        };
    }

    private AcknowledgeType deadLetter(ConsumerRecord<byte[], byte[]> record, Lease lease, Exception why) {
        try {
            deadLetters.put(record, why);
            LOG.atWarn()
                    .addKeyValue("record", lease)
                    .addKeyValue("reason", why.getMessage())
                    .log("record moved to the dead-letter topic");
            return AcknowledgeType.REJECT;
        } catch (InterruptedException e) {
            return AcknowledgeType.RELEASE;
        } catch (RuntimeException e) {
            LOG.atWarn()
                    .setCause(e)
                    .addKeyValue("record", lease)
                    .log("the dead-letter record could not be written; the record is released");
            return pauseAndRelease(lease);
        }
    }

    /** Holds the record for a while first: a released record is redelivered at once, perhaps to this member. */
    private static AcknowledgeType pauseAndRelease(Lease lease) {
        long millis = FIRST_PAUSE.toMillis() << Math.min(lease.deliveryCount() - 1, 10);
        try {
            Thread.sleep(Math.min(millis, LONGEST_PAUSE.toMillis()));
        } catch (InterruptedException e) {
            LOG.atDebug().log("pause interrupted: the worker closes, or the lease is lost");
        }
        return AcknowledgeType.RELEASE;
    }

    @Override
    public void close() {
        executor.shutdownNow();
        deadLetters.close();
    }
}
