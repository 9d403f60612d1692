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
}
