package dev.frl.messaging.mapping;

import dev.frl.messaging.message.SpecRejected;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A rejection as a JSON object. What is read may lack any field.
 *
 * @param rejectedAt ISO 8601 in UTC, such as {@code 2026-11-22T15:30:00.123Z}
 */
public record RejectionJson(
        @Nullable String experiment,
        @Nullable String topic,
        @Nullable Integer partition,
        @Nullable Long offset,
        @Nullable String rejectedAt,
        @Nullable List<@Nullable FaultJson> problems) {
    /** One thing that is wrong. */
    public record FaultJson(
            @Nullable Integer line,
            @Nullable String path,
            @Nullable String message) {
        private SpecRejected.Fault fault() {
            return new SpecRejected.Fault(line, path == null ? "" : path, required("message of a problem", message));
        }
    }

    public static RejectionJson of(SpecRejected m) {
        return new RejectionJson(
                m.experiment(),
                m.topic(),
                m.partition(),
                m.offset(),
                m.at().toString(),
                m.problems().stream()
                        .<@Nullable FaultJson>map(p -> new FaultJson(p.line(), p.path(), p.message()))
                        .toList());
    }

    /** @throws IllegalArgumentException if a field is missing */
    public SpecRejected rejection() {
        return new SpecRejected(
                experiment,
                required("topic", topic),
                required("partition", partition),
                required("offset", offset),
                Instant.parse(required("rejectedAt", rejectedAt)),
                required("problems", problems).stream()
                        .limit(SpecRejected.MAX_PROBLEMS)
                        .map(p -> required("problem", p).fault())
                        .toList());
    }

    private static <T> T required(String field, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "it has no %s", field));
        }
        return value;
    }
}
