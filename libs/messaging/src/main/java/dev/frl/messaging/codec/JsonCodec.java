package dev.frl.messaging.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Function;

/**
 * Plain values as JSON objects in UTF-8, for topics that clients without our schemas read. Unknown fields are ignored, so that a
 * later release can add some.
 *
 * @param <V> plain value
 * @param <J> record whose components are the fields of the object
 */
public final class JsonCodec<V, J extends Record> implements Codec<V> {
    private static final int MAX_DEPTH = 32;
    private static final int MAX_DIGITS = 32;

    private final Class<J> type;
    private final int maxBytes;
    private final Function<V, J> toJson;
    private final Function<J, V> fromJson;
    private final ObjectReader reader;
    private final ObjectWriter writer;

    /**
     * @param type J
     * @param maxBytes longest message
     * @param fromJson may throw any RuntimeException if an object is not a valid V; fields that are missing are null
     */
    public JsonCodec(Class<J> type, int maxBytes, Function<V, J> toJson, Function<J, V> fromJson) {
        this.type = type;
        this.maxBytes = maxBytes;
        this.toJson = toJson;
        this.fromJson = fromJson;
        var mapper = JsonMapper.builder(JsonFactory.builder()
                        .streamReadConstraints(StreamReadConstraints.builder()
                                .maxNestingDepth(MAX_DEPTH)
                                .maxNumberLength(MAX_DIGITS)
                                .build())
                        // Names come from outside, and the factory would keep them.
                        .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                        .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                        .build())
                .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .build();
        this.reader = mapper.readerFor(type);
        this.writer = mapper.writerFor(type);
    }

    /** The record whose components are the fields of the object. */
    public Class<J> type() {
        return type;
    }

    @Override
    public byte[] encode(V value) {
        byte[] bytes;
        try {
            // As text first: Jackson's UTF-8 writer refuses half a surrogate pair, which a spec may contain.
            bytes = writer.writeValueAsString(toJson.apply(value)).getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + value, e);
        }
        if (bytes.length > maxBytes) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "a message of %d bytes, more than the %d that are allowed", bytes.length, maxBytes));
        }
        return bytes;
    }

    @Override
    public V decode(byte[] bytes) {
        Codec.requireAtMost(maxBytes, bytes);
        J read = read(text(bytes));
        try {
            return fromJson.apply(read);
        } catch (RuntimeException e) {
            throw new UnreadableMessage("a JSON object that breaks a rule: " + e.getMessage(), e);
        }
    }

    private static String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new UnreadableMessage("not JSON: the bytes are not UTF-8", e);
        }
    }

    private J read(String text) {
        J read;
        try {
            read = reader.readValue(text);
        } catch (JsonProcessingException e) {
            throw new UnreadableMessage("not such a JSON object: " + e.getOriginalMessage(), e);
        } catch (RuntimeException e) {
            throw new UnreadableMessage("not such a JSON object: " + e, e);
        }
        if (read == null) { // the text null
            throw new UnreadableMessage("not a JSON object but null");
        }
        return read;
    }
}
