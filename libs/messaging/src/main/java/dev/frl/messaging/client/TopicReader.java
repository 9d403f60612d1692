package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.codec.UnreadableMessage;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads topics: all partitions from the beginning, or one from a time. The consumer group, if there is one, assigns nothing. */
public final class TopicReader {
    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    /** Clocks of hosts and brokers differ; records this much older than a time are read too. */
    private static final Duration CLOCK_SKEW = Duration.ofMinutes(10);

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
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        var partitions = new ArrayList<TopicPartition>();
        for (var topic : topics) {
            int count = consumer.partitionsFor(topic.name()).size();
            if (count == 0) {
                throw new MissingTopicException(topic);
            }
            partitions.add(new TopicPartition(topic.name(), BuiltInPartitioner.partitionForKey(keyBytes, count)));
        }
        consumer.assign(partitions);
        partitions.forEach(partition -> seekToTime(consumer, partition, time));
    }

    /** Seeks an assigned partition to a time. */
    public static void seekToTime(Consumer<?, ?> consumer, TopicPartition partition, Instant time) {
        // Before the search, so that a record that is written meanwhile is not left out.
        long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
        long from = time.minus(CLOCK_SKEW).toEpochMilli();
        var found =
                consumer.offsetsForTimes(Map.of(partition, Math.max(0, from))).get(partition);
        consumer.seek(partition, found == null ? end : found.offset());
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

    /** The value of a record. Empty if it cannot be read; the log then says which record and why. */
    public static <V> Optional<V> value(Topic<V> topic, ConsumerRecord<String, byte[]> record) {
        try {
            if (record.value() == null) {
                throw new UnreadableMessage("the message has no value");
            }
            return Optional.of(topic.codec().decode(record.value()));
        } catch (UnreadableMessage e) {
            LOG.atWarn()
                    .addKeyValue("run", record.key())
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("skipped a message that cannot be read");
            return Optional.empty();
        }
    }
}
