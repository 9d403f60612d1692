package dev.frl.messaging.client;

import dev.frl.core.run.RunEvent;
import dev.frl.messaging.Topics;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the run log: every decision about every run. The events of one run come in order; those of different runs are
 * interleaved as they lie in the partitions. Only committed events are read.
 */
public final class RunLogReader {
    private static final Duration POLL = Duration.ofMillis(200);

    private RunLogReader() {}

    /**
     * Reads the events that are in the log when it is called.
     *
     * @param events receives each event, on this thread
     * @return number of events read
     * @throws TimeoutException if the end was not reached within the timeout; some events may have been read
     * @throws MissingTopicException if there is no run log
     */
    public static long readAll(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (var consumer = Clients.consumer(settings, "frl-run-log", null)) {
            TopicReader.seekToBeginning(consumer, timeout, topics.runLog);
            var end = new HashMap<>(consumer.endOffsets(consumer.assignment(), timeout));
            long read = 0;
            while (!reached(consumer, end)) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(
                            "the run log was not read to its end within %s: %d events so far".formatted(timeout, read));
                }
                read += poll(consumer, topics, events);
            }
            return read;
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, timeout, e);
        }
    }

    /**
     * Reads from the beginning, then follows the log.
     *
     * @param patience time limit for Kafka's first response
     * @param enough checked several times a second; true ends the reading
     * @param events receives each event, on this thread
     * @throws TimeoutException if Kafka did not respond
     * @throws MissingTopicException if there is no run log
     */
    public static void follow(
            KafkaSettings settings,
            Topics topics,
            Duration patience,
            BooleanSupplier enough,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        try (var consumer = Clients.consumer(settings, "frl-run-log", null)) {
            TopicReader.seekToBeginning(consumer, patience, topics.runLog);
            while (!enough.getAsBoolean()) {
                poll(consumer, topics, events);
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, patience, e);
        }
    }

    private static boolean reached(Consumer<?, ?> consumer, Map<TopicPartition, Long> end) {
        end.entrySet().removeIf(e -> consumer.position(e.getKey()) >= e.getValue());
        return end.isEmpty();
    }

    private static long poll(
            Consumer<String, byte[]> consumer, Topics topics, java.util.function.Consumer<? super RunEvent> events) {
        long read = 0;
        for (var record : consumer.poll(POLL)) {
            var event = TopicReader.value(topics.runLog, record);
            event.ifPresent(events);
            read += event.isPresent() ? 1 : 0;
        }
        return read;
    }

    private static TimeoutException unreachable(KafkaSettings settings, Duration patience, Exception cause) {
        var e = new TimeoutException(
                "no response from Kafka at %s within %s".formatted(settings.bootstrapServers(), patience));
        e.initCause(cause);
        return e;
    }
}
