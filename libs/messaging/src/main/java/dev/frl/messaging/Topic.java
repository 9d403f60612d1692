package dev.frl.messaging;

import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;

/**
 * A topic, and how its values are written. Keys are UTF-8 text.
 *
 * @param name of the topic
 * @param key what the key means
 * @param says what its messages say, one sentence
 * @param partitions unless the operator chooses otherwise
 * @param config of the topic, Kafka's names
 * @param maxBytes longest message in bytes
 * @param codec writes and reads the values
 */
public record Topic<V>(
        String name,
        String key,
        String says,
        int partitions,
        Map<String, String> config,
        int maxBytes,
        Codec<V> codec) {
    /** What the name of a dead-letter topic begins with. */
    public static final String DEAD_LETTERS = "dlq.";

    public Topic {
        config = Map.copyOf(config);
    }

    /** A message for this topic, ready to be sent. */
    public ProducerRecord<String, byte[]> record(String messageKey, V value) {
        return new ProducerRecord<>(name, messageKey, codec.encode(value));
    }

    /** Name of the topic that takes what of this one cannot be handled. */
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
