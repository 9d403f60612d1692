package dev.frl.recorder;

import static dev.frl.service.metrics.ServiceMeter.RECORDED_EVENTS;
import static dev.frl.service.metrics.ServiceMeter.RECORDER_FAILURES;
import static dev.frl.service.metrics.ServiceMeter.RECORDER_LAG;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/** The meters of a recorder. The consumer is asked on its own thread only; the others may be read from any. */
final class RecorderMeters {
    /** Longest wait for the ends of the log, while the recorder itself cannot be reached. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final AtomicLong ahead = new AtomicLong();
    private final AtomicLong unrecorded = new AtomicLong();
    private final AtomicLong waiting = new AtomicLong();
    private final Counter recorded;
    private final Counter failures;

    /** @param name of the recorder */
    RecorderMeters(MeterRegistry meters, String name) {
        recorded = RECORDED_EVENTS.counter(meters, name);
        failures = RECORDER_FAILURES.counter(meters, name);
        RECORDER_LAG.gauge(meters, () -> ahead.get() + unrecorded.get() + waiting.get(), name);
    }

    /**
     * Records were fetched.
     *
     * @param records number of them
     */
    void fetched(Consumer<?, ?> consumer, int records) {
        unrecorded.set(records);
        ahead.set(consumer.assignment().stream()
                .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
                .sum());
    }

    /** Number of events that were read and wait, since the recorder refused one before them. */
    void waiting(int events) {
        waiting.set(events);
    }

    /** A fetched record is done with: recorded now or earlier, waiting, or unreadable. */
    void done() {
        unrecorded.decrementAndGet();
    }

    void recorded() {
        recorded.increment();
    }

    /** A call of the recorder failed. Meanwhile the log grows, which only a question tells: nothing is fetched. */
    void failed(Consumer<?, ?> consumer) {
        failures.increment();
        Set<TopicPartition> partitions = consumer.assignment();
        try {
            ahead.set(consumer.endOffsets(partitions, PATIENCE).entrySet().stream()
                    .mapToLong(end -> Math.max(0, end.getValue() - consumer.position(end.getKey(), PATIENCE)))
                    .sum());
        } catch (KafkaException e) {
            // The brokers cannot be reached either; the last number stays.
        }
    }
}
