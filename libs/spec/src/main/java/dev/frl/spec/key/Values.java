package dev.frl.spec.key;

import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a spec says: key to typed value. Immutable. */
public final class Values {
    /**
     * @param line it stands on
     * @param path in problems, as the user wrote it: the key's, or that of an entry of the sweep
     * @param value null if it could not be read, which was reported
     * @param text as written
     */
    public record Value(
            @Nullable Integer line, String path, @Nullable Object value, String text) {}

    public static final Values NONE = new Values(new TreeMap<>(), new HashMap<>());

    private final TreeMap<String, Value> byKey;
    private final Map<String, @Nullable Integer> groupLines;

    Values(SortedMap<String, Value> byKey, Map<String, @Nullable Integer> groupLines) {
        this.byKey = new TreeMap<>(byKey);
        this.groupLines = groupLines;
    }

    public @Nullable Value at(String key) {
        return byKey.get(key);
    }

    /** The key's value; {@code otherwise} if it has none, or none that could be read. */
    @SuppressWarnings("unchecked") // values were read by their key's type
    public <T> T get(Key<T> key, T otherwise) {
        Value value = byKey.get(key.path());
        return value == null || value.value() == null ? otherwise : (T) value.value();
    }

    /** The value of the key, or of the key that says it for a whole group. */
    public @Nullable Value covering(String path) {
        for (String p = path; !p.isEmpty(); p = parent(p)) {
            Value value = byKey.get(p);
            if (value != null) {
                return value;
            }
        }
        return null;
    }

    /** Equal for values that mean the same, however they are written. */
    public Object meaning() {
        var said = new HashMap<String, Optional<Object>>();
        byKey.forEach((key, value) -> said.put(key, Optional.ofNullable(value.value())));
        return List.of(said, Set.copyOf(groupLines.keySet()));
    }

    /** Whether the group was written, be it empty. */
    public boolean hasGroup(String path) {
        return groupLines.containsKey(path);
    }

    /** Keys within the group, at any depth. */
    public Map<String, Value> within(String group) {
        return Collections.unmodifiableMap(byKey.subMap(group + ".", group + "/"));
    }

    /** Line of the key; of the innermost group around it if the key was not written. */
    public @Nullable Integer line(Key<?> key) {
        Value value = byKey.get(key.path());
        return value == null ? lineAround(key.path()) : value.line();
    }

    /** Line of the innermost group around the path that was written. */
    public @Nullable Integer lineAround(String path) {
        for (String p = parent(path); ; p = parent(p)) {
            if (groupLines.containsKey(p) || p.isEmpty()) {
                return groupLines.get(p);
            }
        }
    }

    /** These values, with all that stands at or below the path replaced. */
    public Values with(String path, Values other) {
        var values = new TreeMap<>(byKey);
        values.remove(path);
        values.subMap(path + ".", path + "/").clear();
        values.putAll(other.byKey);
        var lines = new HashMap<>(groupLines);
        lines.keySet().removeIf(g -> g.equals(path) || g.startsWith(path + "."));
        // A swept key makes its group exist.
        for (String p = parent(path); !other.byKey.isEmpty() && !p.isEmpty(); p = parent(p)) {
            lines.putIfAbsent(p, lineAround(p));
        }
        lines.putAll(other.groupLines);
        return new Values(values, lines);
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }
}
