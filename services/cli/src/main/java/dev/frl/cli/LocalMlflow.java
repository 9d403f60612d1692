package dev.frl.cli;

import java.util.Optional;

/** The MLflow server of a home. */
final class LocalMlflow {
    private LocalMlflow() {}

    /** Its address; empty if none runs. */
    static Optional<String> running(Home home) {
        return Optional.empty();
    }
}
