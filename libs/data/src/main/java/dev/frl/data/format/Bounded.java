package dev.frl.data.format;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/**
 * Limits how many bytes are read from a stream; after that the stream appears to end. So the sizes in a file's headers never
 * decide how much is read.
 */
final class Bounded extends FilterInputStream {
    private long left;

    /** @param bytes limit in bytes */
    Bounded(InputStream in, long bytes) {
        super(in);
        this.left = bytes;
    }

    /** Raises the limit by this number of bytes. */
    void allow(long bytes) {
        left += bytes;
    }

    /** Bytes that may still be read. */
    long left() {
        return left;
    }

    @Override
    public int read() throws IOException {
        int value = left > 0 ? in.read() : -1;
        left -= value < 0 ? 0 : 1;
        return value;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        int count = left > 0 ? in.read(into, offset, (int) Math.min(length, left)) : -1;
        left -= Math.max(0, count);
        return count;
    }

    @Override
    public long skip(long bytes) throws IOException {
        long count = in.skip(Math.min(bytes, left));
        left -= count;
        return count;
    }

    @Override
    public int available() throws IOException {
        return (int) Math.min(in.available(), left);
    }

    @Override
    public boolean markSupported() {
        return false;
    }
}
