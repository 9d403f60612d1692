package dev.frl.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The JSON header of a safetensors file.
 *
 * @param entries in the order of their values, which fill the rest of the file without gap or overlap
 * @param metadata string keys with string values
 */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
    private static final String METADATA = "__metadata__";
    private static final int ALIGNMENT = 8;
    /** Largest rank of a tensor; limits the allocations for a malicious header. */
    private static final int MAX_RANK = 8;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(3)
                    .maxNumberLength(20)
                    .build())
            .build();

    SafetensorsHeader {
        entries = List.copyOf(entries);
        metadata = Map.copyOf(metadata);
    }

    /** Type of a tensor's values. In the order of Python's library, which is the reverse of the order in the file. */
    enum ValueType {
        F32(Float.BYTES),
        I64(Long.BYTES);

        private final int bytes;

        ValueType(int bytes) {
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }
    }

    /**
     * One tensor.
     *
     * @param size number of values
     * @param begin begin of its values, in bytes from the end of the header
     */
    record Entry(String name, ValueType type, List<Integer> shape, int size, long begin) {
        Entry {
            shape = List.copyOf(shape);
        }

        /** End of its values, and begin of the next tensor's. */
        long end() {
            return begin + (long) size * type.bytes();
        }
    }

    /** The header breaks a rule; the message names the tensor and the rule. */
    static final class InvalidException extends Exception {
        private static final long serialVersionUID = 1L;

        InvalidException(String message) {
            super(message);
        }
    }

    /** Orders the tensors as Python's library does: integers first, for alignment, then by name. */
    static List<Entry> layOut(NamedTensors tensors) {
        var entries = new ArrayList<Entry>();
        tensors.asMap().forEach((name, tensor) -> {
            if (name.equals(METADATA)) {
                throw new IllegalArgumentException("a tensor cannot be called " + METADATA);
            }
            var type = tensor instanceof Floats ? ValueType.F32 : ValueType.I64;
            entries.add(new Entry(name, type, tensor.shape(), tensor.size(), 0));
        });
        entries.sort(Comparator.comparing(Entry::type).reversed().thenComparing(Entry::name));
        long begin = 0;
        for (int i = 0; i < entries.size(); i++) {
            var e = entries.get(i);
            entries.set(i, new Entry(e.name(), e.type(), e.shape(), e.size(), begin));
            begin = entries.get(i).end();
        }
        return entries;
    }

    /** Encodes a header, padded with spaces to a multiple of 8 bytes. */
    static byte[] format(List<Entry> entries, Map<String, String> metadata) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(METADATA);
                for (var pair : new TreeMap<>(metadata).entrySet()) {
                    json.writeStringField(pair.getKey(), pair.getValue());
                }
                json.writeEndObject();
            }
            for (var entry : entries) {
                json.writeObjectFieldStart(entry.name());
                json.writeStringField("dtype", entry.type().name());
                json.writeFieldName("shape");
                var shape = entry.shape().stream().mapToInt(Integer::intValue).toArray();
                json.writeArray(shape, 0, shape.length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {entry.begin(), entry.end()}, 0, 2);
                json.writeEndObject();
            }
            json.writeEndObject();
        }
        while (bytes.size() % ALIGNMENT != 0) {
            bytes.write(' ');
        }
        return bytes.toByteArray();
    }

    /**
     * Parses a header.
     *
     * @param dataBytes number of bytes after the header in the file
     * @throws InvalidException if any rule of the format is broken
     */
    static SafetensorsHeader parse(byte[] header, long dataBytes) throws InvalidException {
        if (header[0] != '{') {
            throw new InvalidException("its header does not start with {");
        }
        // Decoded here and not by the parser, which would accept UTF-16 and UTF-32 too.
        String text;
        try {
            text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(header))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new InvalidException("its header is not UTF-8");
        }
        var entries = new ArrayList<Entry>();
        var metadata = new LinkedHashMap<String, String>();
        try (var json = JSON.createParser(text)) {
            expect(json, json.nextToken(), JsonToken.START_OBJECT, "the header");
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                var name = json.currentName();
                if (name.equals(METADATA)) {
                    readMetadata(json, metadata);
                } else {
                    entries.add(readEntry(json, name));
                }
            }
            if (json.nextToken() != null) {
                throw new InvalidException("its header continues after the last }");
            }
        } catch (JsonProcessingException e) {
            throw new InvalidException("its header is not valid JSON: " + e.getOriginalMessage());
        } catch (IOException e) {
            throw new InvalidException("its header cannot be parsed: " + e.getMessage());
        }
        entries.sort(Comparator.comparingLong(Entry::begin));
        requireWithoutGaps(entries, dataBytes);
        return new SafetensorsHeader(entries, metadata);
    }

    private static void readMetadata(JsonParser json, Map<String, String> into) throws IOException, InvalidException {
        expect(json, json.nextToken(), JsonToken.START_OBJECT, METADATA);
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var key = json.currentName();
            expect(json, json.nextToken(), JsonToken.VALUE_STRING, METADATA + "." + key);
            into.put(key, json.getText());
        }
    }

    private static Entry readEntry(JsonParser json, String name) throws IOException, InvalidException {
        var where = "tensor " + name;
        expect(json, json.nextToken(), JsonToken.START_OBJECT, where);
        ValueType type = null;
        List<Long> shape = null;
        List<Long> offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            var key = json.currentName();
            switch (key) {
                case "dtype" -> type = readType(json, where);
                case "shape" -> shape = readNumbers(json, where + ": shape", MAX_RANK);
                case "data_offsets" -> offsets = readNumbers(json, where + ": data_offsets", 2);
                default -> throw new InvalidException(String.format(Locale.ROOT, "%s: unknown field %s", where, key));
            }
        }
        return entry(name, type, shape, offsets);
    }

    private static Entry entry(
            String name, @Nullable ValueType type, @Nullable List<Long> shape, @Nullable List<Long> offsets)
            throws InvalidException {
        var where = "tensor " + name;
        if (type == null || shape == null || offsets == null) {
            throw new InvalidException(where + ": expected dtype, shape and data_offsets");
        }
        long size = 1;
        for (long dimension : shape) {
            if (dimension < 1 || dimension > Integer.MAX_VALUE / size) {
                throw new InvalidException(String.format(
                        Locale.ROOT,
                        "%s: shape %s; expected dimensions of at least 1 and fewer than 2^31 values",
                        where,
                        shape));
            }
            size *= dimension;
        }
        if (offsets.size() != 2 || offsets.get(0) < 0 || offsets.get(0) > offsets.get(1)) {
            throw new InvalidException(
                    String.format(Locale.ROOT, "%s: data_offsets %s; expected a begin and an end", where, offsets));
        }
        long bytes = offsets.get(1) - offsets.get(0);
        if (bytes != size * type.bytes()) {
            throw new InvalidException(String.format(
                    Locale.ROOT,
                    "%s: %s of shape %s takes %d bytes, data_offsets %s are %d",
                    where,
                    type,
                    shape,
                    size * type.bytes(),
                    offsets,
                    bytes));
        }
        return new Entry(name, type, shape.stream().map(Long::intValue).toList(), (int) size, offsets.get(0));
    }

    private static ValueType readType(JsonParser json, String where) throws IOException, InvalidException {
        expect(json, json.nextToken(), JsonToken.VALUE_STRING, where + ": dtype");
        return switch (json.getText()) {
            case "F32" -> ValueType.F32;
            case "I64" -> ValueType.I64;
            default ->
                throw new InvalidException(String.format(
                        Locale.ROOT,
                        "%s: dtype %s; expected F32 or I64%s. In PyTorch:"
                                + " {k: v.float() if v.is_floating_point() else v.long() for k, v in state.items()}",
                        where,
                        json.getText(),
                        inWords(json.getText())));
        };
    }

    private static String inWords(String dtype) {
        return switch (dtype) {
            case "F16" -> ", not half precision";
            case "BF16" -> ", not bfloat16";
            case "F64" -> ", not double precision";
            default -> "";
        };
    }

    private static List<Long> readNumbers(JsonParser json, String where, int most)
            throws IOException, InvalidException {
        expect(json, json.nextToken(), JsonToken.START_ARRAY, where);
        var numbers = new ArrayList<Long>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, where);
            if (numbers.size() == most) {
                throw new InvalidException(String.format(Locale.ROOT, "%s: more than %d numbers", where, most));
            }
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private static void requireWithoutGaps(List<Entry> entries, long dataBytes) throws InvalidException {
        long end = 0;
        for (var entry : entries) {
            if (entry.begin() != end) {
                throw new InvalidException(String.format(
                        Locale.ROOT,
                        "tensor %s begins at %d, the one before it ends at %d: %s",
                        entry.name(),
                        entry.begin(),
                        end,
                        entry.begin() < end ? "they overlap" : "there is a gap"));
            }
            end = entry.end();
        }
        if (end > dataBytes) {
            throw new InvalidException(String.format(
                    Locale.ROOT, "its tensors take %d bytes, the file has %d for them: it is cut off", end, dataBytes));
        }
        if (end < dataBytes) {
            throw new InvalidException(String.format(
                    Locale.ROOT,
                    "its tensors take %d bytes, the file has %d for them: %d too many",
                    end,
                    dataBytes,
                    dataBytes - end));
        }
    }

    private static void expect(JsonParser json, @Nullable JsonToken found, JsonToken expected, String where)
            throws InvalidException {
        if (found != expected) {
            throw new InvalidException(String.format(
                    Locale.ROOT,
                    "%s: expected %s, found %s in line %d, column %d of the header",
                    where,
                    expected,
                    found,
                    json.currentTokenLocation().getLineNr(),
                    json.currentTokenLocation().getColumnNr()));
        }
    }
}
