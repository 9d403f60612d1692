package dev.frl.messaging.share;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.share.ShareWorker.OnFailure;
import dev.frl.messaging.share.ShareWorker.Verdict;
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

/** Work on one record after another, on one thread that stays the same: engines keep memory by thread. */
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
            thread.setDaemon(true); // work that ignores its interruption must not keep the process
            return thread;
        });
    }

    /**
     * Completes, always normally, with what the record is to be settled as.
     *
     * @param afterwards runs when it has completed
     */
    CompletableFuture<AcknowledgeType> begin(ConsumerRecord<byte[], byte[]> record, Lease lease, Runnable afterwards) {
        var outcome = new CompletableFuture<AcknowledgeType>();
        executor.execute(() -> {
            var settled = AcknowledgeType.RELEASE;
            try {
                synchronized (interruption) {
                    busy = Thread.currentThread();
                }
                settled = lease.over() ? AcknowledgeType.RELEASE : outcomeOf(record, lease);
            } finally {
                synchronized (interruption) {
                    busy = null;
                    Thread.interrupted(); // it was meant for this record, not for the next
                }
                outcome.complete(settled);
                afterwards.run();
            }
        });
        return outcome;
    }

    /** Interrupts the work; nothing if none is under way. */
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
            return bury(record, lease, e);
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
        Verdict verdict;
        try {
            verdict = onFailure.failed(value, lease, error);
        } catch (Exception e) {
            e.addSuppressed(error);
            LOG.atWarn().setCause(e).addKeyValue("record", lease).log("the failure could not be told; trying again");
            verdict = Verdict.AGAIN;
        }
        return switch (verdict) {
            case SETTLED -> AcknowledgeType.ACCEPT;
            case DEAD_LETTER -> bury(record, lease, error);
            case AGAIN -> pauseAndRelease(lease);
        };
    }

    private AcknowledgeType bury(ConsumerRecord<byte[], byte[]> record, Lease lease, Exception why) {
        try {
            deadLetters.put(record, why);
            LOG.atWarn()
                    .addKeyValue("record", lease)
                    .addKeyValue("reason", why.getMessage())
                    .log("put aside as a dead letter");
            return AcknowledgeType.REJECT;
        } catch (InterruptedException e) {
            return AcknowledgeType.RELEASE;
        } catch (RuntimeException e) {
            LOG.atWarn().setCause(e).addKeyValue("record", lease).log("no dead letter could be written; trying again");
            return pauseAndRelease(lease);
        }
    }

    /** A released record comes back at once, so whoever cannot handle it now holds it for a while. */
    private static AcknowledgeType pauseAndRelease(Lease lease) {
        long millis = FIRST_PAUSE.toMillis() << Math.min(lease.deliveryCount() - 1, 10);
        try {
            Thread.sleep(Math.min(millis, LONGEST_PAUSE.toMillis()));
        } catch (InterruptedException e) {
            LOG.atDebug().log("no pause: the worker closes, or the lease is lost");
        }
        return AcknowledgeType.RELEASE;
    }

    @Override
    public void close() {
        executor.shutdownNow();
        deadLetters.close();
    }
}
