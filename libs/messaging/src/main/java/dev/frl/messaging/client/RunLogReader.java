package dev.frl.messaging.client;

import dev.frl.core.run.RunEvent;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all that was ever decided about all runs. The events of one run come in their order; those of different runs come as
 * they lie in the topic's partitions. Only what was committed is read.
 */
public final class RunLogReader {
    private static final Logger LOG = LoggerFactory.getLogger(RunLogReader.class);
    private static final Duration POLL = Duration.ofMillis(200);

    private RunLogReader() {}

    /**
     * Reads what there is when it is called.
     *
     * @param events is given each event, on this thread
     * @return how many events were read
     * @throws TimeoutException if the end was not reached in this time; some events may have been read
     */
    public static long readAll(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (var consumer = Clients.consumer(settings, "frl-run-log", null)) {
            fromTheBeginning(consumer, topics, timeout);
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
     * Reads from the beginning and goes on with what comes.
     *
     * @param patience how long Kafka may take to answer at first
     * @param enough looked at several times a second; true ends it
     * @param events is given each event, on this thread
     * @throws TimeoutException if Kafka did not answer
     */
    public static void follow(
            KafkaSettings settings,
            Topics topics,
            Duration patience,
            BooleanSupplier enough,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        try (var consumer = Clients.consumer(settings, "frl-run-log", null)) {
            fromTheBeginning(consumer, topics, patience);
            while (!enough.getAsBoolean()) {
                poll(consumer, topics, events);
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, patience, e);
        }
    }

    private static void fromTheBeginning(Consumer<?, ?> consumer, Topics topics, Duration timeout) {
        var partitions = consumer.partitionsFor(topics.runLog.name(), timeout).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        if (partitions.isEmpty()) {
            throw new IllegalStateException(
                    "there is no topic %s; were the topics created?".formatted(topics.runLog.name()));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    private static boolean reached(Consumer<?, ?> consumer, Map<TopicPartition, Long> end) {
        end.entrySet().removeIf(e -> consumer.position(e.getKey()) >= e.getValue());
        return end.isEmpty();
    }

    private static long poll(
            Consumer<String, byte[]> consumer, Topics topics, java.util.function.Consumer<? super RunEvent> events) {
        long read = 0;
        for (var record : consumer.poll(POLL)) {
            RunEvent event;
            try {
                if (record.value() == null) {
                    throw new UnreadableMessage("the message has no value");
                }
                event = topics.runLog.codec().decode(record.value());
            } catch (UnreadableMessage e) {
                skipped(record, e);
                continue;
            }
            events.accept(event);
            read++;
        }
        return read;
    }

    private static void skipped(ConsumerRecord<String, byte[]> record, UnreadableMessage why) {
        LOG.atWarn()
                .addKeyValue("run", record.key())
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("reason", why.getMessage())
                .log("an event of the run log cannot be read and is skipped");
    }

    private static TimeoutException unreachable(KafkaSettings settings, Duration patience, Exception cause) {
        var e = new TimeoutException(
                "no answer from Kafka at %s within %s".formatted(settings.bootstrapServers(), patience));
        e.initCause(cause);
        return e;
    }
}
