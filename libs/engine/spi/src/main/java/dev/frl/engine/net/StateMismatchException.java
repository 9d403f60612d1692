package dev.frl.engine.net;

import java.util.ArrayList;
import java.util.List;

/** Weights that do not fit the architecture. Lists every mismatch. */
public final class StateMismatchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ArrayList<String> problems;

    public StateMismatchException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = new ArrayList<>(problems);
    }

    /** A line for each mismatch. */
    public List<String> problems() {
        return List.copyOf(problems);
    }
}
