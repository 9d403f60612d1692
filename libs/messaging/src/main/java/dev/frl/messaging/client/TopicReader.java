package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.codec.UnreadableMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Reads topics: all partitions from the beginning, or some from a time. The consumer group, if there is one, assigns nothing. */
public final class TopicReader {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    /** Clocks of hosts and brokers differ; records this much older than a time are read too. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(10);

    private static final Map<String, Told> TOLD = new ConcurrentHashMap<>();

    private TopicReader() {}

    /**
     * Assigns all partitions of these topics to the consumer and seeks to their beginning.
     *
     * @return these partitions
     * @throws MissingTopicException if a topic does not exist
     */
    public static List<TopicPartition> seekToBeginning(Consumer<?, ?> consumer, Topic<?>... topics) {
        return seekToBeginning(consumer, consumer::partitionsFor, topics);
    }

    /**
     * Does the same with a time limit.
     *
     * @param timeout for the metadata of one topic
     * @throws org.apache.kafka.common.errors.TimeoutException if Kafka does not respond within the timeout
     */
    static List<TopicPartition> seekToBeginning(Consumer<?, ?> consumer, Duration timeout, Topic<?>... topics) {
        return seekToBeginning(consumer, topic -> consumer.partitionsFor(topic, timeout), topics);
    }

    /**
     * Assigns the partitions in which records with this key are, and seeks to a time.
     *
     * @param time no later record is left out, also where clocks differ by some minutes
     * @throws MissingTopicException if a topic does not exist
     */
    public static void seekToTime(Consumer<?, ?> consumer, String key, Instant time, Topic<?>... topics) {
        seekToTimes(
                consumer,
                Map.of(key, time),
                topic -> consumer.partitionsFor(topic).size(),
                topics);
    }

    /**
     * Assigns the partitions in which records with these keys are, and seeks each to the earliest time of its keys.
     *
     * @param times key to time
     * @param timeout for the metadata of one topic
     * @throws MissingTopicException if a topic does not exist
     */
    static void seekToTimes(Consumer<?, ?> consumer, Map<String, Instant> times, Duration timeout, Topic<?>... topics) {
        seekToTimes(
                consumer, times, topic -> consumer.partitionsFor(topic, timeout).size(), topics);
    }

    private static void seekToTimes(
            Consumer<?, ?> consumer,
            Map<String, Instant> times,
            ToIntFunction<String> partitionsOf,
            Topic<?>... topics) {
        var earliest = new HashMap<TopicPartition, Instant>();
        for (var topic : topics) {
            int count = partitionsOf.applyAsInt(topic.name());
            if (count == 0) {
                throw new MissingTopicException(topic);
            }
            times.forEach((key, time) -> {
                int partition = BuiltInPartitioner.partitionForKey(key.getBytes(StandardCharsets.UTF_8), count);
                earliest.merge(new TopicPartition(topic.name(), partition), time, (a, b) -> a.isBefore(b) ? a : b);
            });
        }
        consumer.assign(earliest.keySet());
        seekToTimes(consumer, earliest);
    }

    /** Seeks an assigned partition to a time. */
    public static void seekToTime(Consumer<?, ?> consumer, TopicPartition partition, Instant time) {
        seekToTimes(consumer, Map.of(partition, time));
    }

    private static void seekToTimes(Consumer<?, ?> consumer, Map<TopicPartition, Instant> times) {
        // Before the search, so that a record that is written meanwhile is not left out.
        var ends = consumer.endOffsets(times.keySet());
        var wanted = new HashMap<TopicPartition, Long>();
        times.forEach((partition, time) ->
                wanted.put(partition, Math.max(0, time.minus(CLOCK_SKEW).toEpochMilli())));
        var found = consumer.offsetsForTimes(wanted);
        for (var partition : times.keySet()) {
            var offset = found.get(partition);
            consumer.seek(partition, offset == null ? ends.getOrDefault(partition, 0L) : offset.offset());
        }
    }

    private static List<TopicPartition> seekToBeginning(
            Consumer<?, ?> consumer, Function<String, List<PartitionInfo>> partitionsOf, Topic<?>... topics) {
        var partitions = new ArrayList<TopicPartition>();
        for (var topic : topics) {
            var found = partitionsOf.apply(topic.name());
            if (found.isEmpty()) {
                throw new MissingTopicException(topic);
            }
            found.forEach(p -> partitions.add(new TopicPartition(p.topic(), p.partition())));
        }
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
        return partitions;
    }

    /** The value of a record. Empty if it cannot be read; the log then says which record and why, once a minute for a topic. */
    public static <V> Optional<V> value(Topic<V> topic, ConsumerRecord<String, byte[]> record) {
        try {
            return Optional.of(read(topic, record));
        } catch (UnreadableMessage e) {
            boolean told = TOLD.merge(topic.name(), new Told(System.nanoTime(), true), Told::next)
                    .now();
            tell(told ? LOG.atWarn() : LOG.atDebug(), record, e);
            return Optional.empty();
        }
    }

    /**
     * Anybody may write any number of such records.
     *
     * @param at time of the last line, as of {@link System#nanoTime}
     * @param now whether this record has a line
     */
    private record Told(long at, boolean now) {
        private static final long MINUTE = Duration.ofMinutes(1).toNanos();

        Told next(Told later) {
            return later.at - at >= MINUTE ? later : new Told(at, false);
        }
    }

    /**
     * The value of a record. Empty if it cannot be read: a topic may hold many such records, so they are counted.
     *
     * @param skipped counts the record if it cannot be read
     */
    public static <V> Optional<V> value(Topic<V> topic, ConsumerRecord<String, byte[]> record, SkippedRecords skipped) {
        try {
            return Optional.of(read(topic, record));
        } catch (UnreadableMessage e) {
            skipped.add(record, e);
            tell(LOG.atDebug(), record, e);
            return Optional.empty();
        }
    }

    private static void tell(LoggingEventBuilder line, ConsumerRecord<String, byte[]> record, UnreadableMessage e) {
        line.addKeyValue("run", record.key())
                .addKeyValue("topic", record.topic())
                .addKeyValue("partition", record.partition())
                .addKeyValue("offset", record.offset())
                .addKeyValue("reason", e.getMessage())
                .log("skipped a message that cannot be read");
    }

    private static <V> V read(Topic<V> topic, ConsumerRecord<String, byte[]> record) {
        if (record.value() == null) {
            throw new UnreadableMessage("the message has no value");
        }
        return topic.codec().decode(record.value());
    }
}
