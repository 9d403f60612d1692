package dev.frl.messaging.message;

import dev.frl.core.HumanText;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A spec was refused and nothing was run. Texts are cut, so that every rejection fits into a message: a spec may hold a key of
 * 256 KiB with 200 problems below it.
 *
 * @param experiment key of the spec, by convention the experiment's name; null if it had none
 * @param topic of the spec
 * @param partition of the spec
 * @param offset of the spec
 * @param at when it was refused
 * @param problems all at once; at least one
 */
public record SpecRejected(
        @Nullable String experiment, String topic, int partition, long offset, Instant at, List<Fault> problems) {
    /** Largest number of problems: the 200 that the spec reader lists, and that there are more. */
    public static final int MAX_PROBLEMS = 201;

    private static final int MAX_NAME = 249; // as Kafka's topic names
    private static final int MAX_MESSAGE = 550;

    public SpecRejected {
        experiment = experiment == null ? null : name(experiment);
        topic = name(topic);
        problems = problems.stream().limit(MAX_PROBLEMS).toList();
        if (problems.isEmpty()) {
            throw new IllegalArgumentException("rejected without a problem");
        }
    }

    /**
     * One thing that is wrong.
     *
     * @param line from 1; null where there are no lines
     * @param path the setting; empty for the document as a whole
     * @param message what is wrong with it, to be read after the path
     */
    public record Fault(@Nullable Integer line, String path, String message) {
        public Fault {
            path = name(path);
            message = HumanText.cut(message, MAX_MESSAGE);
        }
    }

    /** Position of the spec, such as {@code frl.experiment-specs-1@42}. */
    public String source() {
        return topic + "-" + partition + "@" + offset;
    }

    /** A name as it stands in a rejection, and as the key of its record. */
    public static String name(String text) {
        return cut(text, MAX_NAME);
    }

    private static String cut(String text, int atMost) {
        if (text.length() <= atMost) {
            return text;
        }
        int end = atMost - 1;
        return text.substring(0, Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end) + "…";
    }
}
