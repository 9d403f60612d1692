package dev.frl.spec.key;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The keys and groups that one class declares, in the order of their declaration. */
public final class Section {
    private final Map<String, String> groups = new LinkedHashMap<>();
    private final List<Key<?>> keys = new ArrayList<>();

    /**
     * Declares a group.
     *
     * @param path in full
     * @param meaning what the group is about
     */
    public Group group(String path, String meaning) {
        groups.put(path, meaning);
        return new Group(this, path);
    }

    <T> Key<T> add(Key<T> key) {
        keys.add(key);
        return key;
    }

    /** Path to meaning. */
    Map<String, String> groups() {
        return groups;
    }

    List<Key<?>> keys() {
        return keys;
    }

    /** A group, to declare keys in. */
    public record Group(Section section, String path) {
        public <T> Key.Draft<T> key(String name, ValueType<T> type) {
            return new Key.Draft<>(section, path.isEmpty() ? name : path + "." + name, type);
        }
    }
}
