package dev.frl.spec;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is wrong with a spec.
 *
 * @param line in the file, from 1; null where the spec did not come as text
 * @param path of the setting, as in {@code spec.fairness.tolerance.standard}; empty if it is the file as a whole
 * @param message what is wrong and what to do, to be read after the path
 */
public record SpecProblem(@Nullable Integer line, String path, String message) {
    /** As {@code line 14  spec.fairness.tolerance.standard is 5; it must be …}. */
    @Override
    public String toString() {
        String where = line == null ? "" : "line " + line + "  ";
        return where + (path.isEmpty() ? "" : path + " ") + message;
    }
}
