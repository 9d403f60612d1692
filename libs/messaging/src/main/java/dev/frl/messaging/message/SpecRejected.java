package dev.frl.messaging.message;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A spec was refused and nothing was run.
 *
 * @param experiment its name; null if the document could not be read so far
 * @param topic of the spec
 * @param partition of the spec
 * @param offset of the spec
 * @param at when it was refused
 * @param problems all at once
 */
public record SpecRejected(
        @Nullable String experiment, String topic, int partition, long offset, Instant at, List<Fault> problems) {
    public SpecRejected {
        problems = List.copyOf(problems);
    }

    /**
     * One thing that is wrong.
     *
     * @param line from 1; null where there are no lines
     * @param path the setting; empty for the document as a whole
     * @param message what is wrong with it, to be read after the path
     */
    public record Fault(@Nullable Integer line, String path, String message) {}
}
