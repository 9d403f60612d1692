package dev.frl.broker;

/** The broker could not start; the message says what to do. */
public final class BrokerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean inUse;

    /** @param inUse whether another process has what it needs, and may give it back */
    BrokerException(String message, boolean inUse) {
        super(message);
        this.inUse = inUse;
    }

    BrokerException(String message, Throwable cause) {
        super(message, cause);
        this.inUse = false;
    }

    /** Whether another process has the directory or the port, so that a later start may succeed. */
    public boolean isInUse() {
        return inUse;
    }
}
