package dev.frl.messaging.share;

import dev.frl.messaging.Topic;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.share.ShareWorker.Observer;
import dev.frl.messaging.share.ShareWorker.OnFailure;
import dev.frl.messaging.share.ShareWorker.OnRecord;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** Works on one record after another, always on the same thread: engines keep memory per thread. */
public final class WorkThread<V> implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WorkThread.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    private final Topic<V> topic;
    private final OnRecord<V> work;
    private final OnFailure<V> onFailure;
    private final DeadLetterProducer deadLetters;
    private final Observer observer;
    private final Sleep sleep;
    private final ExecutorService executor;
    private final Object interruption = new Object();
    private @Nullable Thread busy; // guarded by interruption
    private volatile @Nullable Error unsound;

    /** Lets time pass. */
    interface Sleep {
        void sleep(long millis) throws InterruptedException;
    }

    WorkThread(
            Topic<V> topic,
            OnRecord<V> work,
            OnFailure<V> onFailure,
            DeadLetterProducer deadLetters,
            Observer observer,
            String name,
            Sleep sleep) {
        this.sleep = sleep;
        this.topic = topic;
        this.work = work;
        this.onFailure = onFailure;
        this.deadLetters = deadLetters;
        this.observer = observer;
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
                MDC.clear(); // so was what the work said about itself
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

    /** @throws IllegalStateException if an error of the virtual machine leaves no hope that further work succeeds */
    void requireSound() {
        var error = unsound;
        if (error != null) {
            throw new IllegalStateException("the Java virtual machine failed: " + error, error);
        }
    }

    private AcknowledgeType outcomeOf(ConsumerRecord<byte[], byte[]> record, Lease lease) {
        V value;
        try {
            value = read(record);
        } catch (Exception | StackOverflowError e) {
            return deadLetter(record, lease, e);
        } catch (Error e) {
            note(e);
            LOG.atError().setCause(e).addKeyValue("record", lease).log("the record could not be read; it is released");
            return pauseAndRelease(lease);
        }
        try {
            work.run(value, lease);
            return AcknowledgeType.ACCEPT;
        } catch (Exception | Error e) {
            note(e);
            return lease.over() ? whenOver(lease) : afterFailure(record, value, lease, e);
        }
    }

    private static AcknowledgeType whenOver(Lease lease) {
        var withdrawn = lease.withdrawn();
        if (withdrawn == null || lease.lost()) {
            return AcknowledgeType.RELEASE;
        }
        LOG.atInfo()
                .addKeyValue("record", lease)
                .addKeyValue("reason", withdrawn)
                .log("work dropped; its run needs it no more");
        return AcknowledgeType.ACCEPT;
    }

    /** Errors of memory and of a stack end one piece of work. After other errors of the virtual machine its state is unknown. */
    private void note(Throwable error) {
        boolean bearable = error instanceof OutOfMemoryError || error instanceof StackOverflowError;
        if (!bearable && (error instanceof VirtualMachineError || error instanceof ThreadDeath)) {
            unsound = (Error) error;
        }
    }

    private V read(ConsumerRecord<byte[], byte[]> record) {
        byte @Nullable [] bytes = record.value();
        if (bytes == null) {
            throw new UnreadableMessage("the message has no value");
        }
        return topic.codec().decode(bytes);
    }

    private AcknowledgeType afterFailure(ConsumerRecord<byte[], byte[]> record, V value, Lease lease, Throwable error) {
        Thread.interrupted(); // an interrupt that the work left behind would end the report
        var acknowledgement =
                untilDone(lease, "the failure could not be reported", () -> onFailure.failed(value, lease, error));
        return switch (acknowledgement) {
            case ACCEPT -> AcknowledgeType.ACCEPT;
            case REJECT -> deadLetter(record, lease, error);
            case RELEASE -> pauseAndRelease(lease);
        };
    }

    private AcknowledgeType deadLetter(ConsumerRecord<byte[], byte[]> record, Lease lease, Throwable why) {
        var acknowledgement = untilDone(lease, "the dead-letter record could not be written", () -> {
            deadLetters.put(record, why);
            return Acknowledgement.REJECT;
        });
        if (acknowledgement != Acknowledgement.REJECT) {
            return AcknowledgeType.RELEASE;
        }
        observer.deadLetter();
        LOG.atWarn()
                .addKeyValue("record", lease)
                .addKeyValue("reason", why.getMessage())
                .log("record moved to the dead-letter topic");
        return AcknowledgeType.REJECT;
    }

    /**
     * Tries until it succeeds or the lease is over. To release the record instead would use up its deliveries, after which Kafka
     * drops it without a word.
     */
    private Acknowledgement untilDone(Lease lease, String trouble, Callable<Acknowledgement> step) {
        for (int tries = 1; !lease.over(); tries++) {
            try {
                return step.call();
            } catch (Exception | Error e) {
                note(e);
                if (lease.over() || unsound != null) {
                    break;
                }
                LOG.atWarn()
                        .setCause(e)
                        .addKeyValue("record", lease)
                        .addKeyValue("tries", tries)
                        .log("{}; trying again, after a pause", trouble);
                Thread.interrupted(); // Kafka's clients set it again
                pause(tries);
            }
        }
        return Acknowledgement.RELEASE;
    }

    /** Holds the record for a while first: a released record is redelivered at once, perhaps to this member. */
    private AcknowledgeType pauseAndRelease(Lease lease) {
        if (!lease.over() && unsound == null) {
            pause(lease.deliveryCount());
        }
        return AcknowledgeType.RELEASE;
    }

    /** @param times 1 for the first pause; each is twice as long as the one before */
    private void pause(int times) {
        long millis = FIRST_PAUSE.toMillis() << Math.min(times - 1, 10);
        try {
            sleep.sleep(Math.min(millis, LONGEST_PAUSE.toMillis()));
        } catch (InterruptedException e) {
            LOG.atDebug().log("pause interrupted: the worker closes, or the lease is lost");
        }
    }

    @Override
    public void close() {
        executor.shutdownNow();
        deadLetters.close();
    }
}
