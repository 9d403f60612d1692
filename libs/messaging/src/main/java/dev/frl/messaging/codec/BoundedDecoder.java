package dev.frl.messaging.codec;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.apache.avro.io.Decoder;
import org.apache.avro.util.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * Decodes Avro's binary encoding from untrusted bytes. Avro's own decoder trusts the lengths that it reads and allocates
 * gigabytes for a message of 20 bytes. This one rejects a string, array or map that is longer than the bytes that are left, so
 * every item of an array must take at least one byte; in our schemas it does.
 */
public final class BoundedDecoder extends Decoder {
    private final byte[] bytes;
    private int position;

    BoundedDecoder(byte[] bytes, int offset) {
        this.bytes = bytes;
        this.position = offset;
    }

    int remaining() {
        return bytes.length - position;
    }

    @Override
    public void readNull() {}

    @Override
    public boolean readBoolean() throws IOException {
        byte b = next();
        if (b != 0 && b != 1) {
            throw new IOException("a boolean is " + b);
        }
        return b == 1;
    }

    @Override
    public int readInt() throws IOException {
        long value = readLong();
        if (value != (int) value) {
            throw new IOException("an int is " + value);
        }
        return (int) value;
    }

    /** Zigzag encoding, seven bits per byte, low bits first. */
    @Override
    public long readLong() throws IOException {
        long raw = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = next();
            raw |= (long) (b & 0x7f) << shift;
            if (b >= 0) {
                return (raw >>> 1) ^ -(raw & 1);
            }
        }
        throw new IOException("a number has more than ten bytes");
    }

    @Override
    public float readFloat() throws IOException {
        return littleEndian(take(4), 4).getFloat();
    }

    @Override
    public double readDouble() throws IOException {
        return littleEndian(take(8), 8).getDouble();
    }

    @Override
    public Utf8 readString(@Nullable Utf8 old) throws IOException {
        return new Utf8(readString());
    }

    @Override
    public String readString() throws IOException {
        int length = length();
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes, take(length), length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException("a string is not UTF-8", e);
        }
    }

    @Override
    public void skipString() throws IOException {
        skipBytes();
    }

    @Override
    public ByteBuffer readBytes(@Nullable ByteBuffer old) throws IOException {
        var read = new byte[length()];
        readFixed(read, 0, read.length);
        return ByteBuffer.wrap(read);
    }

    @Override
    public void skipBytes() throws IOException {
        take(length());
    }

    @Override
    public void readFixed(byte[] into, int start, int length) throws IOException {
        System.arraycopy(bytes, take(length), into, start, length);
    }

    @Override
    public void skipFixed(int length) throws IOException {
        take(length);
    }

    @Override
    public int readEnum() throws IOException {
        return readInt();
    }

    @Override
    public long readArrayStart() throws IOException {
        return blockCount();
    }

    @Override
    public long arrayNext() throws IOException {
        return blockCount();
    }

    @Override
    public long skipArray() throws IOException {
        return skipBlocks();
    }

    @Override
    public long readMapStart() throws IOException {
        return blockCount();
    }

    @Override
    public long mapNext() throws IOException {
        return blockCount();
    }

    @Override
    public long skipMap() throws IOException {
        return skipBlocks();
    }

    @Override
    public int readIndex() throws IOException {
        return readInt();
    }

    /** Number of items in the next block. A negative count is followed by the block's size in bytes. */
    private long blockCount() throws IOException {
        long count = readLong();
        if (count < 0) {
            readLong();
            count = -count;
        }
        if (count < 0 || count > remaining()) {
            throw new IOException(String.format(
                    Locale.ROOT, "an array or map of %d items, but %d bytes are left", count, remaining()));
        }
        return count;
    }

    /** Skips blocks that give their size; returns the item count of the first block that does not, or 0 at the end. */
    private long skipBlocks() throws IOException {
        long count = readLong();
        while (count < 0) {
            take(length());
            count = readLong();
        }
        if (count > remaining()) {
            throw new IOException(String.format(
                    Locale.ROOT, "an array or map of %d items, but %d bytes are left", count, remaining()));
        }
        return count;
    }

    private int length() throws IOException {
        long length = readLong();
        if (length < 0 || length > remaining()) {
            throw new IOException(
                    String.format(Locale.ROOT, "a length of %d, but %d bytes are left", length, remaining()));
        }
        return (int) length;
    }

    private byte next() throws IOException {
        return bytes[take(1)];
    }

    /** Advances the position; returns the old one. */
    private int take(int length) throws IOException {
        if (length > remaining()) {
            throw new EOFException(
                    String.format(Locale.ROOT, "the message ends %d bytes too early", length - remaining()));
        }
        int from = position;
        position += length;
        return from;
    }

    private ByteBuffer littleEndian(int from, int length) {
        return ByteBuffer.wrap(bytes, from, length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    }
}
