package dev.frl.tracking;

/** A recorder could not record. The message says what, why, and what to do. */
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

    /** Whether a retry may succeed: the server was unreachable, busy or broken. Otherwise it refused the request. */
    public boolean retryable() {
        return retryable;
    }
}
