package dev.frl.messaging.codec;

/** Bytes that are not the message they should be. Another attempt reads the same, so they belong in a dead-letter topic. */
public final class UnreadableMessage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnreadableMessage(String message) {
        super(message);
    }

    public UnreadableMessage(String message, Throwable cause) {
        super(message, cause);
    }
}
