package dev.frl.messaging;

import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A topic and the encoding of its values. Keys are UTF-8 text.
 *
 * @param name of the topic
 * @param key meaning of the key
 * @param says what its messages say
 * @param partitions number of partitions, unless the operator chooses otherwise
 * @param config topic configuration, with Kafka's names
 * @param maxBytes longest message in bytes
 * @param codec encodes and decodes the values
 */
public record Topic<V>(
        String name,
        String key,
        String says,
        int partitions,
        Map<String, String> config,
        int maxBytes,
        Codec<V> codec) {
    /** Prefix of dead-letter topics. */
    public static final String DEAD_LETTERS = "dlq.";

    public Topic {
        config = Map.copyOf(config);
    }

    /** A message for this topic, ready to send. */
    public ProducerRecord<String, byte[]> record(String messageKey, V value) {
        return new ProducerRecord<>(name, messageKey, codec.encode(value));
    }

    /** A message without a value: in a compacted topic it deletes what was said under this key. */
    public ProducerRecord<String, byte[]> tombstone(String messageKey) {
        return new ProducerRecord<>(name, messageKey, null);
    }

    /** Name of this topic's dead-letter topic. */
    public String deadLetters() {
        return DEAD_LETTERS + name;
    }

    public Serializer<V> serializer() {
        return codec.serializer();
    }

    /** Its deserializer throws {@link UnreadableMessage}. */
    public Deserializer<V> deserializer() {
        return codec.deserializer();
    }

    public Serde<V> serde() {
        return codec.serde();
    }
}
