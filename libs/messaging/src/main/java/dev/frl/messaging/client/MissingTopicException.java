package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import java.util.List;
import java.util.Locale;

/** Topics do not exist: the topics of the pipeline were not created in this cluster. */
public final class MissingTopicException extends UnpreparedClusterException {
    private static final long serialVersionUID = 1L;

    MissingTopicException(Topic<?> topic) {
        super(String.format(
                Locale.ROOT, "there is no topic %s; create the topics with `frl topics create`", topic.name()));
    }

    MissingTopicException(String servers, List<String> names, boolean all) {
        super(String.format(
                Locale.ROOT,
                "Kafka at %s has no topic %s; create the topics with `frl topics create --bootstrap %s`",
                servers,
                all ? "of frl" : ClusterCheck.some(names),
                servers));
    }
}
