package dev.frl.data;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A data set's files are missing, damaged or unreachable. The message names the file, what is wrong, and what to do. */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public DataException(String message) {
        super(message);
    }

    public DataException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /**
     * A file that cannot be read.
     *
     * @param file name of the file in the message
     * @param what what is wrong; follows a colon in the message
     */
    public static DataException unreadable(String file, String what, @Nullable Throwable cause) {
        return new DataException(
                String.format(
                        Locale.ROOT,
                        "%s cannot be read: %s. Run `frl data verify`, or download it again with `frl data get`",
                        file,
                        what),
                cause);
    }
}
