package dev.frl.tracking;

import org.jspecify.annotations.Nullable;

/** Something is not recorded yet. The message says what, why, and what to do. The run log keeps it, so it can be tried again at any time. */
public final class RecorderException extends Exception {
    private static final long serialVersionUID = 1L;
    private final int status;

    public RecorderException(String message, @Nullable Throwable cause) {
        this(message, 0, cause);
    }

    public RecorderException(String message) {
        this(message, 0, null);
    }

    /** @param status HTTP status of the response; 0 without one */
    RecorderException(String message, int status, @Nullable Throwable cause) {
        super(message, cause);
        this.status = status;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** HTTP status of the response; 0 without one. */
    int status() {
        return status;
    }
}
