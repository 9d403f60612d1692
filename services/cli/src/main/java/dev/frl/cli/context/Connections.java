package dev.frl.cli.context;

import dev.frl.messaging.client.KafkaSettings;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Connects commands to Kafka, and starts services in this process. */
public interface Connections {
    /** Connects on first use. */
    Cluster to(KafkaSettings settings);

    /**
     * Starts broker and services in this process.
     *
     * @throws CliException temporary if another process uses this home
     */
    Local start(EmbeddedSettings settings) throws InterruptedException;

    /**
     * Starts broker and recorders in this process, and no other service.
     *
     * @throws CliException temporary if another process uses this home
     */
    Local startRecorders(EmbeddedSettings settings) throws InterruptedException;

    /** Starts only the broker of a home, to read its topics. */
    Local startBroker(Path directory);

    /** Broker, and perhaps services, in this process. */
    interface Local extends AutoCloseable {
        Cluster cluster();

        /** Whether the recorder has recorded every event so far. */
        boolean recorded();

        /** What the recorders cannot record now, a line each with the reason; empty if they can record everything. */
        List<String> unrecorded();

        /** Why a service in this process ended by itself; empty while all of them run. */
        Optional<String> failure();

        @Override
        void close();
    }
}
