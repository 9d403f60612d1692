package dev.frl.spec;

import dev.frl.core.settings.RunSettings;
import dev.frl.spec.group.CheckpointKeys;
import dev.frl.spec.group.DeadlineKeys;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.ValuesReader;
import dev.frl.spec.tree.Json;
import dev.frl.spec.tree.TextTree;
import dev.frl.spec.tree.YamlTree;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The one text of a run's settings: what travels, and what is hashed. It is the {@code spec} of an experiment as JSON, with
 * every default written out, keys in the order of their declaration, no white space, the shortest numbers that read back to the
 * same doubles, and durations as {@code 1h30m}. Changing any of this changes all ids of runs. Therefore keys that came after the
 * first release (restarts, augmentation, the method of a split) are written only where they are not the default.
 */
public final class CanonicalSpec {
    private CanonicalSpec() {}

    /** {@code read(write(s))} equals {@code s}. */
    public static String write(RunSettings settings) {
        var spec = new LinkedHashMap<String, Object>();
        for (Key<?> key : Keys.TABLE.all()) {
            Object value = key.canonical(settings);
            if (value != null) {
                put(spec, key.path().substring("spec.".length()), value);
            }
        }
        return Json.compact(spec);
    }

    @SuppressWarnings("unchecked") // groups are maps from here
    private static void put(Map<String, Object> group, String path, Object value) {
        int dot = path.indexOf('.');
        if (dot < 0) {
            group.put(path, value);
        } else {
            Object inner = group.computeIfAbsent(path.substring(0, dot), k -> new LinkedHashMap<String, Object>());
            put((Map<String, Object>) inner, path.substring(dot + 1), value);
        }
    }

    /**
     * The settings that {@link #write} wrote, now or when keys had their former names.
     *
     * @throws IllegalArgumentException with all that is wrong, if this is not a text that {@link #write} gives
     */
    public static RunSettings read(String json) {
        var found = new Found();
        var tree = json.length() <= YamlTree.MAX_BYTES
                ? YamlTree.parse(json, found)
                : TextTree.read(json.getBytes(StandardCharsets.UTF_8), found);
        if (tree.isPresent()) {
            Values values = ValuesReader.read(Keys.TABLE, tree.get(), 1, "spec", "spec", found);
            for (String group : List.of("spec.sweep", CheckpointKeys.CHECKPOINTS.path())) {
                if (values.hasGroup(group)) {
                    found.add(values.lineAround(group + "."), group, "is no setting of a single run");
                }
            }
            if (values.at(DeadlineKeys.PRIORITY.path()) != null) {
                found.add(
                        values.line(DeadlineKeys.PRIORITY),
                        DeadlineKeys.PRIORITY.path(),
                        "is no setting of a single run");
            }
            RunSettings settings = Resolver.resolve(values, found, null);
            if (found.isEmpty()) {
                return settings;
            }
        }
        throw new IllegalArgumentException("the canonical spec is not valid: "
                + found.inOrder().stream()
                        .map(p -> (p.path() + " " + p.message()).strip())
                        .collect(Collectors.joining("; ")));
    }

    /** SHA-256 of the text's UTF-8, 64 hex digits. */
    public static String sha256(String canonicalSpec) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(canonicalSpec.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
