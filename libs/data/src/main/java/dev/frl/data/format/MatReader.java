package dev.frl.data.format;

import dev.frl.data.DataException;
import dev.frl.data.file.DataFile;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/**
 * Reads arrays of unsigned bytes from MATLAB 5 files of little-endian numbers, compressed or not.
 *
 * <pre>
 *   header                  128 bytes; the last four are version 0x0100 and "IM"
 *   elements                type and size, 32 bits each, then size bytes; padded to 8 bytes unless compressed
 *   a compressed element    a zlib stream of one matrix element
 *   a matrix                elements: flags and class, dimensions, name, values in column-major order
 * </pre>
 *
 * An element of at most 4 bytes may have type and size in 16 bits each. The caller states the expected shapes, so a size in the
 * file never decides how much memory is allocated; a library that reads every such file cannot guarantee that. Format:
 * MathWorks, <i>MAT-File Format</i>, version 5.
 */
final class MatReader {
    private static final int BUFFER = 1 << 16;
    private static final int HEADER = 128;
    private static final int INT8 = 1;
    private static final int UINT8 = 2;
    private static final int INT32 = 5;
    private static final int UINT32 = 6;
    private static final int MATRIX = 14;
    private static final int COMPRESSED = 15;
    private static final int UINT8_CLASS = 9;
    private static final int COMPLEX = 0x08;
    private static final int MOST_ELEMENTS = 16;
    /** Limit for flags, dimensions and names. */
    private static final int MOST_BYTES = 64;

    private final Map<String, int[]> shapes;
    private final Map<String, byte[]> found = new HashMap<>();

    private MatReader(Map<String, int[]> shapes) {
        this.shapes = shapes;
    }

    /**
     * @param shapes expected shape of each variable; other variables are skipped
     * @return values of each variable, unsigned, column-major
     * @throws DataException if the file is missing, damaged or truncated, or a variable is missing or has another shape or type
     */
    static Map<String, byte[]> read(Path file, Map<String, int[]> shapes) {
        try (var in = new BufferedInputStream(Files.newInputStream(file), BUFFER)) {
            return new MatReader(shapes).read(in);
        } catch (IOException e) {
            throw DataException.unreadable(file.toString(), DataFile.reason(e), e);
        }
    }

    private Map<String, byte[]> read(InputStream in) throws IOException {
        var header = in.readNBytes(HEADER);
        if (header.length < HEADER
                || header[HEADER - 4] != 0
                || header[HEADER - 3] != 1
                || header[HEADER - 2] != 'I'
                || header[HEADER - 1] != 'M') {
            throw new IOException("it does not start like a MATLAB 5 file of little-endian numbers");
        }
        for (int elements = 0; ; elements++) {
            var tag = in.readNBytes(8);
            if (tag.length == 0) {
                break;
            }
            if (elements == MOST_ELEMENTS) {
                throw new IOException(String.format(Locale.ROOT, "it has more than %d elements", MOST_ELEMENTS));
            }
            element(in, new Tag(tag));
        }
        for (var name : shapes.keySet()) {
            if (!found.containsKey(name)) {
                throw new IOException(String.format(Locale.ROOT, "it has no variable %s", name));
            }
        }
        return found;
    }

    private void element(InputStream in, Tag tag) throws IOException {
        var body = new Bounded(in, tag.bytes);
        if (tag.type == MATRIX) {
            matrix(body);
        } else if (tag.type == COMPRESSED) {
            compressed(body);
        } else {
            throw new IOException(
                    String.format(Locale.ROOT, "it has an element of type %d at its outermost level", tag.type));
        }
        body.skipNBytes(body.left());
    }

    private void compressed(InputStream in) throws IOException {
        var inflater = new Inflater();
        try {
            var inflated = new BufferedInputStream(new InflaterInputStream(in, inflater, BUFFER));
            var tag = new Tag(inflated.readNBytes(8));
            if (tag.type != MATRIX) {
                throw new IOException(String.format(Locale.ROOT, "it has a compressed element of type %d", tag.type));
            }
            if (matrix(new Bounded(inflated, tag.bytes)) && inflated.read() >= 0) {
                throw new IOException("a compressed element continues after its matrix");
            }
        } finally {
            inflater.end();
        }
    }

    /** @return whether the variable is an expected one and was read to its end */
    private boolean matrix(InputStream in) throws IOException {
        var flags = small(in, UINT32, "flags");
        var dimensions = small(in, INT32, "dimensions");
        var name = new String(small(in, INT8, "name"), StandardCharsets.US_ASCII);
        var shape = shapes.get(name);
        if (shape == null) {
            return false;
        }
        if (flags.length != 8 || flags[0] != UINT8_CLASS || (flags[1] & COMPLEX) != 0) {
            throw new IOException(String.format(Locale.ROOT, "variable %s is not an array of unsigned bytes", name));
        }
        if (!Arrays.equals(ints(dimensions), shape)) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "expected %s of shape %s, found %s",
                    name,
                    Arrays.toString(shape),
                    Arrays.toString(ints(dimensions))));
        }
        if (found.containsKey(name)) {
            throw new IOException(String.format(Locale.ROOT, "it has variable %s twice", name));
        }
        found.put(name, values(in, name, Arrays.stream(shape).reduce(1, Math::multiplyExact)));
        return true;
    }

    private static byte[] values(InputStream in, String name, int size) throws IOException {
        var tag = new Tag(in.readNBytes(8));
        if (tag.type != UINT8 || tag.bytes != size) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "expected %d values of %s in unsigned bytes, found type %d and %d bytes",
                    size,
                    name,
                    tag.type,
                    tag.bytes));
        }
        if (tag.isSmall()) {
            return tag.small();
        }
        var values = new byte[size];
        int count = in.readNBytes(values, 0, size);
        if (count < size) {
            throw new IOException(String.format(Locale.ROOT, "%s ends after %d of %d values", name, count, size));
        }
        if (in.readNBytes(8).length == 8) {
            throw new IOException(String.format(Locale.ROOT, "%s continues after its %d values", name, size));
        }
        return values;
    }

    /** The bytes of an element whose size is limited. */
    private static byte[] small(InputStream in, int type, String what) throws IOException {
        var tag = new Tag(in.readNBytes(8));
        if (tag.type != type || tag.bytes > MOST_BYTES) {
            throw new IOException(String.format(
                    Locale.ROOT,
                    "expected %s of type %d and at most %d bytes, found type %d and %d bytes",
                    what,
                    type,
                    MOST_BYTES,
                    tag.type,
                    tag.bytes));
        }
        if (tag.isSmall()) {
            return tag.small();
        }
        var bytes = in.readNBytes((int) tag.bytes);
        if (bytes.length < tag.bytes) {
            throw new EOFException();
        }
        in.skipNBytes((8 - tag.bytes % 8) % 8);
        return bytes;
    }

    private static int[] ints(byte[] bytes) {
        var ints = new int[bytes.length / 4];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(ints);
        return ints;
    }

    /** Type and size before an element's bytes; for a small element also its bytes. */
    private static final class Tag {
        final int type;
        final long bytes;
        private final byte[] all;

        Tag(byte[] all) throws IOException {
            if (all.length < 8) {
                throw new EOFException();
            }
            var buffer = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
            this.all = all;
            int first = buffer.getInt();
            if (first >>> 16 == 0) {
                this.type = first;
                this.bytes = Integer.toUnsignedLong(buffer.getInt());
            } else {
                this.type = first & 0xffff;
                this.bytes = first >>> 16;
                if (bytes > 4) {
                    throw new IOException(String.format(Locale.ROOT, "it has a small element of %d bytes", bytes));
                }
            }
        }

        boolean isSmall() {
            return all[2] != 0 || all[3] != 0;
        }

        byte[] small() {
            return Arrays.copyOfRange(all, 4, 4 + (int) bytes);
        }
    }
}
