package dev.frl.tracking;

/** Something could not be recorded. The message says what, why, and what to do. */
public final class RecorderException extends Exception {
    private static final long serialVersionUID = 1L;
    private final boolean retryable;

    public RecorderException(String message, boolean retryable, Throwable cause) {
        super(message, cause);
        this.retryable = retryable;
    }

    public RecorderException(String message, boolean retryable) {
        super(message);
        this.retryable = retryable;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** Whether the same call may work later: the other side was unreachable, busy or broken. If not, it refused. */
    public boolean retryable() {
        return retryable;
    }
}
