package dev.frl.messaging.client;

/** A Kafka cluster lacks something that the pipeline needs. The message says what, and which command mends it. */
public class UnpreparedClusterException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public UnpreparedClusterException(String message) {
        super(message);
    }
}
