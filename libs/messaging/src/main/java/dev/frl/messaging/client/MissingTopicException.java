package dev.frl.messaging.client;

import dev.frl.messaging.Topic;

/** A topic does not exist: the topics of the pipeline were not created in this cluster. */
public final class MissingTopicException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    MissingTopicException(Topic<?> topic) {
        super("there is no topic %s; create the topics with `frl topics create`".formatted(topic.name()));
    }
}
