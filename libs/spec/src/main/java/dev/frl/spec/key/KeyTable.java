package dev.frl.spec.key;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Keys and groups by path, in the order of the documentation and of the canonical text. Immutable. */
public final class KeyTable {
    private final Map<String, Key<?>> keys = new LinkedHashMap<>();
    private final Map<String, String> groups = new LinkedHashMap<>();
    private final Map<String, String> formerNames;

    /** @param formerNames former path to today's; only the last name of a path may differ */
    public KeyTable(List<Section> sections, Map<String, String> formerNames) {
        for (Section section : sections) {
            groups.putAll(section.groups());
            for (Key<?> key : section.keys()) {
                if (keys.put(key.path(), key) != null) {
                    throw new IllegalStateException(key.path() + " is declared twice");
                }
            }
        }
        this.formerNames = Collections.unmodifiableMap(new LinkedHashMap<>(formerNames));
        formerNames.forEach((former, today) -> {
            if (isKnown(former) || !isKnown(today) || !parent(former).equals(parent(today))) {
                throw new IllegalStateException(
                        String.format(Locale.ROOT, "%s cannot be the former name of %s", former, today));
            }
        });
    }

    /** @param path in full */
    public Optional<Key<?>> at(String path) {
        return Optional.ofNullable(keys.get(path));
    }

    public boolean isGroup(String path) {
        return groups.containsKey(path);
    }

    public boolean isKnown(String path) {
        return keys.containsKey(path) || groups.containsKey(path);
    }

    /** All keys, in order. */
    public List<Key<?>> all() {
        return List.copyOf(keys.values());
    }

    /** Path of every group to what it is about, in order. */
    public Map<String, String> groups() {
        return Collections.unmodifiableMap(groups);
    }

    /** Names within a group, of keys and groups. */
    public List<String> namesIn(String group) {
        String prefix = group.isEmpty() ? "" : group + ".";
        return Stream.concat(keys.keySet().stream(), groups.keySet().stream())
                .filter(p -> !p.isEmpty() && p.startsWith(prefix) && p.indexOf('.', prefix.length()) < 0)
                .map(p -> p.substring(prefix.length()))
                .distinct()
                .toList();
    }

    /** Former path to today's path. */
    public Map<String, String> formerNames() {
        return formerNames;
    }

    /** The path with today's names: itself, unless it or a group around it was renamed. */
    public String current(String path) {
        for (var renamed : formerNames.entrySet()) {
            String former = renamed.getKey();
            if (path.equals(former) || path.startsWith(former + ".")) {
                return renamed.getValue() + path.substring(former.length());
            }
        }
        return path;
    }

    /** The path itself, and the paths that it had with former names. */
    public List<String> pathsOf(String path) {
        return Stream.concat(
                        Stream.of(path),
                        formerNames.entrySet().stream()
                                .filter(e -> path.equals(e.getValue()) || path.startsWith(e.getValue() + "."))
                                .map(e ->
                                        e.getKey() + path.substring(e.getValue().length())))
                .toList();
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }
}
