package dev.frl.data.format;

import dev.frl.data.DataException;
import dev.frl.data.file.DataFile;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/**
 * Reads IDX files of unsigned bytes, compressed by gzip or not: the format of MNIST.
 *
 * <pre>
 *   0, 0, 0x08 (unsigned byte), number of dimensions d     4 bytes
 *   size of each dimension, 32 bits, big-endian            4 d bytes
 *   values, row-major                                      the product of the sizes, and no byte more
 * </pre>
 *
 * The caller states the expected shape, so a header never decides how much memory is allocated.
 */
final class IdxReader {
    private static final int UNSIGNED_BYTE = 0x08;

    private IdxReader() {}

    /**
     * @param shape expected shape
     * @return the values, unsigned, row-major
     * @throws DataException if the file is missing, damaged, truncated, too long, or has another shape or type
     */
    static byte[] read(Path file, int... shape) {
        try (var in = DataFile.content(file)) {
            return read(in, file.toString(), shape);
        } catch (IOException e) {
            throw DataException.unreadable(file.toString(), DataFile.reason(e), e);
        }
    }

    /** Reads an uncompressed stream; {@code name} is its name in errors. */
    static byte[] read(InputStream in, String name, int... shape) {
        int size = Arrays.stream(shape).reduce(1, Math::multiplyExact);
        try {
            var magic = in.readNBytes(4);
            if (magic.length < 4 || magic[0] != 0 || magic[1] != 0) {
                throw DataException.unreadable(name, "it does not start like an IDX file", null);
            }
            if (magic[2] != UNSIGNED_BYTE || magic[3] != shape.length) {
                throw DataException.unreadable(
                        name,
                        String.format(
                                Locale.ROOT,
                                "expected type 0x08 (unsigned byte) and %d dimensions, found type 0x%02x and %d",
                                shape.length,
                                magic[2],
                                magic[3] & 0xff),
                        null);
            }
            var found = new long[shape.length];
            for (int d = 0; d < shape.length; d++) {
                found[d] = unsignedInt(in);
            }
            if (!Arrays.equals(found, Arrays.stream(shape).asLongStream().toArray())) {
                throw DataException.unreadable(
                        name,
                        String.format(
                                Locale.ROOT,
                                "expected shape %s, found %s",
                                Arrays.toString(shape),
                                Arrays.toString(found)),
                        null);
            }
            var values = in.readNBytes(size);
            if (values.length < size) {
                throw DataException.unreadable(
                        name, String.format(Locale.ROOT, "it ends after %d of %d values", values.length, size), null);
            }
            if (in.read() >= 0) {
                throw DataException.unreadable(
                        name, String.format(Locale.ROOT, "it continues after its %d values", size), null);
            }
            return values;
        } catch (IOException e) {
            throw DataException.unreadable(name, DataFile.reason(e), e);
        }
    }

    private static long unsignedInt(InputStream in) throws IOException {
        var bytes = in.readNBytes(4);
        if (bytes.length < 4) {
            throw new EOFException();
        }
        return (bytes[0] & 0xffL) << 24 | (bytes[1] & 0xffL) << 16 | (bytes[2] & 0xffL) << 8 | (bytes[3] & 0xffL);
    }
}
