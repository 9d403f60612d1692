package dev.frl.service;

import java.util.concurrent.CompletableFuture;

/** A service that runs until it is closed or fails. */
public interface Service extends AutoCloseable {
    /** Completes when the service has ended: normally after {@link #close}, exceptionally with the reason if it failed. */
    CompletableFuture<Void> ended();

    @Override
    void close();
}
