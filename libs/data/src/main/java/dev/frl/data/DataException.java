package dev.frl.data;

import org.jspecify.annotations.Nullable;

/** A data set's files are missing, damaged or out of reach. The message names the file, what is wrong, and what to do. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * A file that does not hold what it should.
     *
     * @param file what the message calls it
     * @param what is wrong, as it follows a colon
     */
    public static DataException unreadable(String file, String what, @Nullable Throwable cause) {
        return new DataException(
                "%s cannot be read: %s. Run `frl data verify`, or fetch it anew with `frl data get`"
                        .formatted(file, what),
                cause);
    }
}
