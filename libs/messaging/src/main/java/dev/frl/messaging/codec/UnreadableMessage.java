package dev.frl.messaging.codec;

/** A message that cannot be decoded. No later attempt can decode it either, so it belongs in the dead-letter topic. */
public final class UnreadableMessage extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean ofUnknownSchema;

    public UnreadableMessage(String message) {
        super(message);
        this.ofUnknownSchema = false;
    }

    public UnreadableMessage(String message, Throwable cause) {
        super(message, cause);
        this.ofUnknownSchema = false;
    }

    private UnreadableMessage(String message, boolean ofUnknownSchema) {
        super(message);
        this.ofUnknownSchema = ofUnknownSchema;
    }

    static UnreadableMessage ofUnknownSchema(String message) {
        return new UnreadableMessage(message, true);
    }

    /** Whether it is an Avro message with a schema that this build does not know: another build of frl wrote it. */
    public boolean isOfUnknownSchema() {
        return ofUnknownSchema;
    }
}
