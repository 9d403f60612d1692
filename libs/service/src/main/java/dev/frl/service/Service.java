package dev.frl.service;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A service that runs until it is closed or fails. */
public interface Service extends AutoCloseable {
    /** Completes when the service has ended: normally after {@link #close}, exceptionally with the reason if it failed. */
    CompletableFuture<Void> ended();

    /**
     * Why the service cannot do its work at this moment, and what to do, in one line; empty if it can. Called from any thread, and
     * answered at once. Kafka is not its concern: {@link ServiceProcess} asks the brokers.
     */
    default Optional<String> notReady() {
        return Optional.empty();
    }

    /** Why only a restart helps, in one line: a thread hangs. Empty while all threads move. Called and answered as {@link #notReady}. */
    default Optional<String> notLive() {
        return Optional.empty();
    }

    /** Exit code of the process when this service has ended without a failure, or was stopped by a signal. Asked after its end. */
    default int exitCode() {
        return 0;
    }

    @Override
    void close();
}
