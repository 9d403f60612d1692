package dev.frl.worker;

import dev.frl.core.run.RunInput.WorkProgressed;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.service.BrokerRefusal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports, on a thread and with a producer of its own, how far the work is and what the worker does, and reads the orders to its
 * host. Nobody waits for a report, and no failure of a report disturbs the work.
 */
final class WorkerReporter implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WorkerReporter.class);

    /** Shortest time between two announcements of a worker that takes one record after another. */
    static final Duration OFTEN = Duration.ofSeconds(5);
    /** Longest time between two announcements; {@code frl workers list} calls a worker silent after four times as long. */
    static final Duration SELDOM = Duration.ofSeconds(30);

    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
    private static final Duration TICK = Duration.ofSeconds(1);
    private static final Duration PRODUCER_CLOSING = Duration.ofSeconds(2);
    private static final long CLOSING_MILLIS = 3000;

    private final WorkerPresence presence;
    private final Producer<String, byte[]> producer;
    private final Topics topics;
    private final WorkerOrders orders;
    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Thread thread;
    private @Nullable WorkerStatus announced;
    private boolean told;
    private long toldAt;
    private long announcedAt;
    private volatile boolean closing;

    /**
     * @param producer closed with this object, as are the orders
     * @param nanos time in nanoseconds, from any origin
     */
    WorkerReporter(
            String name,
            WorkerPresence presence,
            Producer<String, byte[]> producer,
            Topics topics,
            WorkerOrders orders,
            InstantSource clock,
            LongSupplier nanos) {
        this.presence = presence;
        this.producer = producer;
        this.topics = topics;
        this.orders = orders;
        this.clock = clock;
        this.nanos = nanos;
        this.thread = new Thread(this::run, name + "-reports");
        thread.setDaemon(true); // an unreachable broker must not keep the process alive
    }

    void start() {
        thread.start();
    }

    private void run() {
        while (!closing) {
            attempt(this::tick);
            attempt(this::awaitOrders);
        }
        attempt(() -> {
            var last = announced;
            if (last != null) {
                send(topics.workers.tombstone(last.key()));
            }
        });
        attempt(() -> producer.close(PRODUCER_CLOSING));
        attempt(orders::close);
    }

    /** Sends the reports that are due. */
    void tick() {
        var meter = presence.meter();
        if (meter != null) {
            meter.due().ifPresent(this::report);
        }
        var status = presence.status();
        if (isDue(status)) {
            announced = status;
            announcedAt = nanos.getAsLong();
            send(topics.workers.record(status.key(), status));
        }
    }

    private void report(WorkMeter.Reading reading) {
        var item = reading.item();
        var progress = new WorkProgressed(
                item.runId(),
                item.work(),
                item.attempt(),
                reading.share(),
                reading.imagesPerSecond(),
                presence.host(),
                clock.instant());
        send(topics.workProgress.record(item.runId(), progress));
    }

    private boolean isDue(WorkerStatus status) {
        var last = announced;
        if (last == null) {
            return true;
        }
        if (status.state() != last.state() && (takesNothing(status) || takesNothing(last))) {
            return true; // rare, and operators wait for it
        }
        boolean changed = status.state() != last.state()
                || !status.since().equals(last.since())
                || !Objects.equals(status.held(), last.held());
        long passed = nanos.getAsLong() - announcedAt;
        return passed >= (changed ? OFTEN : SELDOM).toNanos();
    }

    private static boolean takesNothing(WorkerStatus status) {
        return status.state() == State.PAUSED || status.state() == State.DRAINING;
    }

    private void send(ProducerRecord<String, byte[]> message) {
        producer.send(message, (metadata, error) -> {
            if (error != null) {
                notSent(message.topic(), error);
            }
        });
    }

    /** Without reports the controller gives the work to others, so operators must hear of it: once a minute at most. */
    private synchronized void notSent(String topic, Exception error) {
        long now = nanos.getAsLong();
        if (told && now - toldAt < BETWEEN_LINES.toNanos()) {
            return;
        }
        told = true;
        toldAt = now;
        log.atWarn()
                .addKeyValue("topic", topic)
                .addKeyValue("reason", BrokerRefusal.reason(error).orElseGet(() -> String.valueOf(error.getMessage())))
                .log("a report was not sent; without reports this worker is taken for dead");
    }

    private void awaitOrders() throws InterruptedException {
        if (!orders.await(TICK)) {
            Thread.sleep(TICK.toMillis());
        }
    }

    private interface Step {
        void run() throws Exception;
    }

    /** The thread lives on whatever happens: without its reports the controller would give the work to another worker. */
    private void attempt(Step step) {
        try {
            step.run();
        } catch (WakeupException e) {
            log.atTrace().log("closing");
        } catch (Exception | Error e) {
            log.atDebug().setCause(e).log("a report failed");
            rest();
        }
    }

    private void rest() {
        if (closing) {
            return;
        }
        try {
            Thread.sleep(TICK.toMillis());
        } catch (InterruptedException e) {
            log.atTrace().log("closing");
        }
    }

    /** Says goodbye. Does not wait long for a broker that does not answer. */
    @Override
    public void close() {
        closing = true;
        orders.wakeup();
        try {
            thread.join(CLOSING_MILLIS);
            if (thread.isAlive()) {
                thread.interrupt();
                thread.join(CLOSING_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
