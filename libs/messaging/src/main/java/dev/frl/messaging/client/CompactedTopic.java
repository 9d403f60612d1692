package dev.frl.messaging.client;

import dev.frl.core.HumanTime;
import dev.frl.messaging.Topic;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeoutException;

/** Reads a topic of which only the latest message of each key counts. */
public final class CompactedTopic {
    private static final Duration POLL = Duration.ofMillis(200);

    private CompactedTopic() {}

    /**
     * Reads what is in the topic when it is called.
     *
     * @return the latest value of each key, by key; a value that cannot be read is left out
     * @throws TimeoutException if the end was not reached within the timeout
     * @throws MissingTopicException if there is no such topic
     */
    public static <V> Map<String, V> latest(KafkaSettings settings, Topic<V> topic, Duration timeout)
            throws TimeoutException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (var consumer = Clients.consumer(settings, topic.name() + "-latest", null)) {
            var partitions = TopicReader.seekToBeginning(consumer, timeout, topic);
            var end = new HashMap<>(consumer.endOffsets(partitions, timeout));
            var latest = new TreeMap<String, V>();
            while (true) {
                end.entrySet().removeIf(e -> consumer.position(e.getKey(), timeout) >= e.getValue());
                if (end.isEmpty()) {
                    return latest;
                }
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(String.format(
                            Locale.ROOT, "%s was not read to its end within %s", topic.name(), HumanTime.of(timeout)));
                }
                for (var record : consumer.poll(POLL)) {
                    if (record.key() != null) {
                        latest.remove(record.key());
                        if (record.value() != null) {
                            TopicReader.value(topic, record).ifPresent(value -> latest.put(record.key(), value));
                        }
                    }
                }
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            var timedOut = new TimeoutException(String.format(
                    Locale.ROOT,
                    "no response from Kafka at %s within %s",
                    settings.bootstrapServers(),
                    HumanTime.of(timeout)));
            timedOut.initCause(e);
            throw timedOut;
        }
    }
}
