package dev.frl.messaging.codec;

/** A message that cannot be decoded. No later attempt can decode it either, so it belongs in the dead-letter topic. */
public final class UnreadableMessage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UnreadableMessage(String message) {
        super(message);
    }

    public UnreadableMessage(String message, Throwable cause) {
        super(message, cause);
    }
}
