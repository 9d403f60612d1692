package dev.frl.messaging.codec;

import java.util.Locale;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/** Encodes values as bytes and decodes them. Implementations are thread-safe. */
public interface Codec<V> {
    /** A codec that leaves the bytes unchanged, up to a limit. */
    static Codec<byte[]> raw(int maxBytes) {
        return new Codec<>() {
            @Override
            public byte[] encode(byte[] value) {
                return value;
            }

            @Override
            public byte[] decode(byte[] bytes) {
                requireAtMost(maxBytes, bytes);
                return bytes;
            }
        };
    }

    byte[] encode(V value);

    /**
     * Decodes a value that {@link #encode} of this or an earlier release encoded.
     *
     * @throws UnreadableMessage if the bytes are not such a value
     */
    V decode(byte[] bytes);

    default Serializer<V> serializer() {
        return new Serializer<>() {
            @Override
            public byte @Nullable [] serialize(String topic, @Nullable V value) {
                return value == null ? null : encode(value);
            }
        };
    }

    /** Its deserializer throws {@link UnreadableMessage}. */
    default Deserializer<V> deserializer() {
        return new Deserializer<>() {
            @Override
            public @Nullable V deserialize(String topic, byte @Nullable [] bytes) {
                return bytes == null ? null : decode(bytes);
            }
        };
    }

    default Serde<V> serde() {
        return Serdes.serdeFrom(serializer(), deserializer());
    }

    /**
     * Checks the length of a message.
     *
     * @throws UnreadableMessage if it is too long
     */
    static void requireAtMost(int maxBytes, byte[] bytes) {
        if (bytes.length > maxBytes) {
            throw new UnreadableMessage(String.format(
                    Locale.ROOT,
                    "the message has %d bytes, more than the %d that are allowed here",
                    bytes.length,
                    maxBytes));
        }
    }
}
