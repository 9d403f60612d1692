package dev.frl.checkpoint;

import dev.frl.checkpoint.CheckpointException.Reason;
import dev.frl.checkpoint.SafetensorsHeader.Entry;
import dev.frl.checkpoint.SafetensorsHeader.ValueType;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The safetensors format of huggingface/safetensors, for 32-bit floats and 64-bit integers.
 *
 * <pre>
 *   length of the header n, unsigned 64 bits, little-endian     8 bytes
 *   header: JSON, UTF-8, starts with {, padded with spaces      n bytes
 *   values of all tensors, little-endian, without gaps          the rest
 * </pre>
 *
 * The header maps each tensor's name to {@code dtype}, {@code shape} and {@code data_offsets}; {@code __metadata__} maps
 * strings to strings.
 *
 * <p>Writing is canonical: the same tensors and metadata give the same bytes, independent of their order, and the same bytes as
 * Python's library writes (integers before floats, then by name).
 *
 * <p>Reading is strict. The whole header is checked against the file's size before any tensor is allocated, so memory is bounded by
 * the file's size and by the JSON of the header.
 */
public final class Safetensors {
    private static final int LENGTH_BYTES = 8;
    private static final int BUFFER = 1 << 16;

    private Safetensors() {}

    /**
     * Size limits.
     *
     * @param headerBytes longest header; Python's library allows 100 MB, but a header has about 100 bytes per tensor
     * @param fileBytes largest file
     */
    public record Limits(int headerBytes, long fileBytes) {
        /** 1 MiB for the header, about ten thousand tensors, and 4 GiB for the file. */
        public static final Limits DEFAULT = new Limits(1 << 20, 4L << 30);
    }

    /**
     * Contents of a file.
     *
     * @param tensors in the order of their values in the file
     * @param metadata may be empty
     * @param sha256 SHA-256 of the whole file, 64 hex digits
     */
    public record Contents(NamedTensors tensors, Map<String, String> metadata, String sha256) {
        public Contents {
            metadata = Map.copyOf(metadata);
        }
    }

    /**
     * Writes a file's bytes; neither flushes nor closes.
     *
     * @param metadata PyTorch users expect {@code format} = {@code pt}
     * @throws IllegalArgumentException if a tensor is named {@code __metadata__}
     */
    public static void write(NamedTensors tensors, Map<String, String> metadata, OutputStream out) throws IOException {
        var entries = SafetensorsHeader.layOut(tensors);
        var header = SafetensorsHeader.format(entries, metadata);
        var bytes = new byte[BUFFER];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(header.length);
        out.write(bytes, 0, LENGTH_BYTES);
        out.write(header);
        for (var entry : entries) {
            write(tensors.get(entry.name()), bytes, out);
        }
    }

    private static void write(Tensor tensor, byte[] chunk, OutputStream out) throws IOException {
        var buffer = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
        int bytes = tensor instanceof Floats ? Float.BYTES : Long.BYTES;
        int room = BUFFER / bytes;
        for (int from = 0; from < tensor.size(); from += room) {
            int count = Math.min(room, tensor.size() - from);
            if (tensor instanceof Floats floats) {
                buffer.asFloatBuffer().put(floats.values(), from, count);
            } else if (tensor instanceof Longs longs) {
                buffer.asLongBuffer().put(longs.values(), from, count);
            }
            out.write(chunk, 0, count * bytes);
        }
    }

    /** Reads a file within {@link Limits#DEFAULT}. */
    public static Contents read(Path file) {
        return read(file, Limits.DEFAULT);
    }

    /** Reads a file within limits. @throws CheckpointException as {@link #read(Path, String, Limits)} */
    public static Contents read(Path file, Limits limits) {
        return read(file, file.toString(), limits);
    }

    /**
     * Reads a file.
     *
     * @param name what messages call the file
     * @throws CheckpointException MISSING if the file does not exist; UNREADABLE if it breaks a rule of the format, has
     *     types other than F32 and I64, or exceeds a limit; names the file, the tensor and the problem
     */
    static Contents read(Path file, String name, Limits limits) {
        try {
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                throw unreadable(name, "it is not a regular file");
            }
            var other = OtherFile.of(file);
            if (other.isPresent()) {
                throw unreadable(name, "it " + other.get());
            }
            long size = Files.size(file);
            if (size > limits.fileBytes()) {
                throw unreadable(
                        name,
                        String.format(
                                Locale.ROOT, "it has %d bytes, more than the limit of %d", size, limits.fileBytes()));
            }
            try (var in = new DigestInputStream(
                    new BufferedInputStream(Files.newInputStream(file), BUFFER), Sha256.digest())) {
                return read(in, name, size, limits);
            }
        } catch (NoSuchFileException e) {
            throw new CheckpointException(Reason.MISSING, String.format(Locale.ROOT, "%s is missing", name), e);
        } catch (EOFException e) {
            throw unreadable(name, "it ended while it was read", e);
        } catch (IOException e) {
            throw unreadable(name, e.toString(), e);
        }
    }

    private static Contents read(DigestInputStream in, String name, long size, Limits limits) throws IOException {
        if (size < LENGTH_BYTES) {
            throw unreadable(
                    name, String.format(Locale.ROOT, "it has %d bytes, too few for the length of a header", size));
        }
        long headerBytes = ByteBuffer.wrap(exactly(in, LENGTH_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (headerBytes < 2 || headerBytes > limits.headerBytes()) {
            throw unreadable(
                    name,
                    String.format(
                            Locale.ROOT,
                            "the header's length is given as %s bytes, expected 2 to %d",
                            Long.toUnsignedString(headerBytes),
                            limits.headerBytes()));
        }
        if (headerBytes > size - LENGTH_BYTES) {
            throw unreadable(
                    name,
                    String.format(
                            Locale.ROOT,
                            "the header's length is given as %d bytes, the file has %d more: it is cut off",
                            headerBytes,
                            size - LENGTH_BYTES));
        }
        SafetensorsHeader header;
        try {
            header = SafetensorsHeader.parse(exactly(in, (int) headerBytes), size - LENGTH_BYTES - headerBytes);
        } catch (SafetensorsHeader.InvalidException e) {
            throw unreadable(name, String.valueOf(e.getMessage()), e);
        }
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var entry : header.entries()) {
            tensors.put(entry.name(), values(entry, in));
        }
        if (in.read() >= 0) {
            throw unreadable(name, "it grew while it was read");
        }
        return new Contents(NamedTensors.of(tensors), header.metadata(), Sha256.hex(in.getMessageDigest()));
    }

    private static Tensor values(Entry entry, InputStream in) throws IOException {
        boolean floating = entry.type() == ValueType.F32;
        var floats = new float[floating ? entry.size() : 0];
        var longs = new long[floating ? 0 : entry.size()];
        int room = BUFFER / entry.type().bytes();
        for (int from = 0; from < entry.size(); from += room) {
            int count = Math.min(room, entry.size() - from);
            var chunk =
                    ByteBuffer.wrap(exactly(in, count * entry.type().bytes())).order(ByteOrder.LITTLE_ENDIAN);
            if (floating) {
                chunk.asFloatBuffer().get(floats, from, count);
            } else {
                chunk.asLongBuffer().get(longs, from, count);
            }
        }
        return floating ? new Floats(entry.shape(), floats) : new Longs(entry.shape(), longs);
    }

    private static byte[] exactly(InputStream in, int count) throws IOException {
        var bytes = in.readNBytes(count);
        if (bytes.length < count) {
            throw new EOFException();
        }
        return bytes;
    }

    private static CheckpointException unreadable(String name, String what) {
        return new CheckpointException(
                Reason.UNREADABLE, String.format(Locale.ROOT, "%s is not a usable safetensors file: %s", name, what));
    }

    private static CheckpointException unreadable(String name, String what, Throwable cause) {
        return new CheckpointException(
                Reason.UNREADABLE,
                String.format(Locale.ROOT, "%s is not a usable safetensors file: %s", name, what),
                cause);
    }
}
