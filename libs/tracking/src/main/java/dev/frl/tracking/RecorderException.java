package dev.frl.tracking;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Something is not recorded yet. The message says what, why, and what to do. The run log keeps it, so it can be tried again at any time. */
public final class RecorderException extends Exception {
    private static final long serialVersionUID = 1L;
    private static final int BAD_REQUEST = 400;
    private static final int TOO_LARGE = 413;
    /** How releases of MLflow, and services that speak its language, name a limit. */
    private static final Pattern LIMIT =
            Pattern.compile("(?i)\\b(at most|no more than|limit|maximum|exceed(s|ed)?|too (many|long|large))\\b");

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

    /** Whether a part of what was sent may be accepted: the whole has too many entries, too many bytes, or too long a value. */
    boolean isOverALimit() {
        return status == TOO_LARGE
                || (status == BAD_REQUEST && LIMIT.matcher(getMessage()).find());
    }
}
