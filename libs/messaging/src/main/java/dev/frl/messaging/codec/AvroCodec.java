package dev.frl.messaging.codec;

import dev.frl.schemas.TrustedClasses;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;

/**
 * Plain values as Avro records in single-object encoding: the bytes C3 01, the CRC-64-AVRO fingerprint of the writer's schema,
 * little-endian, and the record. Reads records of all released schemas, and rejects malformed bytes without large allocations.
 *
 * @param <V> plain value
 * @param <R> generated record
 */
public final class AvroCodec<V, R extends SpecificRecord> implements Codec<V> {
    static {
        TrustedClasses.trust();
    }

    private static final byte[] MARKER = {(byte) 0xC3, 0x01};
    private static final int HEADER = MARKER.length + Long.BYTES;

    private final Schema schema;
    private final long fingerprint;
    private final int maxBytes;
    private final Function<V, R> toAvro;
    private final Function<R, V> fromAvro;
    private final Map<Long, SpecificDatumReader<R>> readers = new HashMap<>();
    private final SpecificDatumWriter<R> writer;

    /**
     * @param schema of R
     * @param maxBytes longest message
     * @param fromAvro may throw any RuntimeException if a record is not a valid V
     */
    public AvroCodec(Schema schema, int maxBytes, Function<V, R> toAvro, Function<R, V> fromAvro) {
        this.schema = schema;
        this.fingerprint = SchemaNormalization.parsingFingerprint64(schema);
        this.maxBytes = maxBytes;
        this.toAvro = toAvro;
        this.fromAvro = fromAvro;
        var data = SpecificData.getForSchema(schema);
        this.writer = new SpecificDatumWriter<>(schema, data);
        ReleasedSchemas.of(schema)
                .forEach((print, writers) -> readers.put(print, new SpecificDatumReader<>(writers, schema, data)));
    }

    /** Whether the bytes begin like single-object encoding. */
    public static boolean isSingleObject(byte[] bytes) {
        return bytes.length >= MARKER.length && bytes[0] == MARKER[0] && bytes[1] == MARKER[1];
    }

    public Schema schema() {
        return schema;
    }

    @Override
    public byte[] encode(V value) {
        var out = new ByteArrayOutputStream(256);
        out.writeBytes(MARKER);
        out.writeBytes(ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(fingerprint)
                .array());
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            writer.write(toAvro.apply(value), encoder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (out.size() > maxBytes) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "a %s of %d bytes, more than the %d that are allowed",
                    schema.getName(),
                    out.size(),
                    maxBytes));
        }
        return out.toByteArray();
    }

    @Override
    public V decode(byte[] bytes) {
        Codec.requireAtMost(maxBytes, bytes);
        R written = read(bytes, reader(bytes));
        try {
            return fromAvro.apply(written);
        } catch (RuntimeException e) {
            throw new UnreadableMessage(
                    String.format(Locale.ROOT, "a %s that breaks a rule: %s", schema.getName(), e.getMessage()), e);
        }
    }

    private SpecificDatumReader<R> reader(byte[] bytes) {
        if (!isSingleObject(bytes) || bytes.length < HEADER) {
            throw new UnreadableMessage(String.format(
                    Locale.ROOT,
                    "not an Avro message in single-object encoding: %d bytes that begin with %s, not with c3 01 and a fingerprint",
                    bytes.length,
                    hex(bytes)));
        }
        long writersFingerprint = ByteBuffer.wrap(bytes, MARKER.length, Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        var reader = readers.get(writersFingerprint);
        if (reader == null) {
            throw UnreadableMessage.ofUnknownSchema(String.format(
                    Locale.ROOT,
                    "written with a schema that no released version of %s has, fingerprint %016x; is the writer newer than this reader?",
                    schema.getName(),
                    writersFingerprint));
        }
        return reader;
    }

    private R read(byte[] bytes, SpecificDatumReader<R> reader) {
        var in = new BoundedDecoder(bytes, HEADER);
        R read;
        try {
            read = reader.read(null, in);
        } catch (IOException | RuntimeException e) {
            throw new UnreadableMessage(
                    String.format(Locale.ROOT, "not a %s: %s", schema.getName(), e.getMessage()), e);
        }
        if (in.remaining() > 0) {
            throw new UnreadableMessage(
                    String.format(Locale.ROOT, "a %s with %d bytes after its end", schema.getName(), in.remaining()));
        }
        return read;
    }

    private static String hex(byte[] bytes) {
        return HexFormat.ofDelimiter(" ").formatHex(bytes, 0, Math.min(bytes.length, 4));
    }
}
