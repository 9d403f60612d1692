package dev.frl.engine;

import java.util.List;

/** Weights that do not fit the architecture. Lists every mismatch. */
public final class StateMismatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StateMismatchException(List<String> problems) {
        super(String.join("; ", problems));
    }
}
