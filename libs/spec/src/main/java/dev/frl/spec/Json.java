package dev.frl.spec;

import java.time.Duration;
import java.util.List;

/** Writes one JSON object without white space; numbers and durations as {@link Numbers} gives them. */
final class Json {
    private final StringBuilder out = new StringBuilder("{");

    Json put(String key, String value) {
        quote(key(key), value);
        return this;
    }

    Json put(String key, Duration value) {
        return put(key, Numbers.duration(value));
    }

    Json put(String key, long value) {
        key(key).append(value);
        return this;
    }

    Json put(String key, double value) {
        key(key).append(Numbers.shortest(value));
        return this;
    }

    Json put(String key, boolean value) {
        key(key).append(value);
        return this;
    }

    Json put(String key, List<Double> values) {
        key(key).append('[')
                .append(String.join(",", values.stream().map(Numbers::shortest).toList()))
                .append(']');
        return this;
    }

    Json put(String key, Json object) {
        key(key).append(object);
        return this;
    }

    private StringBuilder key(String key) {
        if (out.length() > 1) {
            out.append(',');
        }
        return quote(out, key).append(':');
    }

    private static StringBuilder quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20 || c >= 0x7F) {
                out.append("\\u%04x".formatted((int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"');
    }

    @Override
    public String toString() {
        return out + "}";
    }
}
