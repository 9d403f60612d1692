package dev.frl.cli.context;

import dev.frl.messaging.client.KafkaSettings;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.file.Path;

/** How commands reach Kafka, and services in this process. */
public interface Connections {
    /** Connects when it is asked something. */
    Cluster to(KafkaSettings settings);

    /**
     * Starts broker and services in this process.
     *
     * @throws CliException temporary if another process uses this home
     */
    Local start(EmbeddedSettings settings) throws InterruptedException;

    /** Starts only the broker of a home, to read what is in it. */
    Local startBroker(Path directory);

    /** What runs in this process. */
    interface Local extends AutoCloseable {
        Cluster cluster();

        /** Whether all that was decided is recorded. */
        boolean recorded();

        @Override
        void close();
    }
}
