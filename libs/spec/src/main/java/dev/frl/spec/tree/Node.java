package dev.frl.spec.tree;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A spec as it was written: values, and the lines they stand on, from 1; null where there are none. */
public sealed interface Node {
    int SHOWN = 60;

    @Nullable
    Integer line();

    /** On one line, as it was written or nearly so. */
    String text();

    /** What this is, to be read after "is". */
    String described();

    /** A group of settings. */
    record Mapping(@Nullable Integer line, Map<String, Entry> entries) implements Node {
        public Mapping {
            entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
        }

        @Override
        public String text() {
            return entries.entrySet().stream()
                    .map(e -> e.getKey() + ": " + e.getValue().value().text())
                    .collect(Collectors.joining(", ", "{", "}"));
        }

        @Override
        public String described() {
            return "a group of settings";
        }
    }

    /**
     * A key's value.
     *
     * @param line of the key
     */
    record Entry(@Nullable Integer line, Node value) {}

    record Sequence(@Nullable Integer line, List<Node> items) implements Node {
        public Sequence {
            items = List.copyOf(items);
        }

        @Override
        public String text() {
            return items.stream().map(Node::text).collect(Collectors.joining(", ", "[", "]"));
        }

        @Override
        public String described() {
            return "a list";
        }
    }

    /**
     * One value.
     *
     * @param value String, Long, BigInteger, Double, Boolean, or null
     * @param text as written, without quotes
     */
    record Scalar(@Nullable Integer line, @Nullable Object value, String text) implements Node {
        @Override
        public String described() {
            if (value == null) {
                return text.isEmpty() ? "empty" : "null";
            }
            return value instanceof String ? "the text \"" + shown(text) + "\"" : shown(text);
        }
    }

    /** Something that was reported already. */
    record Broken(@Nullable Integer line) implements Node {
        @Override
        public String text() {
            return "?";
        }

        @Override
        public String described() {
            return "not readable";
        }
    }

    /** Whether this stands for a setting that was left out on purpose: null, but not a key with nothing after it. */
    default boolean isAbsent() {
        return this instanceof Scalar s && s.value() == null && !s.text().isEmpty();
    }

    /** The path of a key within a group. */
    static String join(String group, String key) {
        return group.isEmpty() ? shown(key) : group + "." + shown(key);
    }

    /** The text cut to what fits a message, with nothing in it that moves a terminal's cursor. */
    static String shown(String text) {
        var out = new StringBuilder();
        text.codePoints()
                .limit(SHOWN)
                .forEach(c -> out.appendCodePoint(
                        Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE ? '\uFFFD' : c));
        return text.codePointCount(0, text.length()) > SHOWN ? out + "…" : out.toString();
    }
}
