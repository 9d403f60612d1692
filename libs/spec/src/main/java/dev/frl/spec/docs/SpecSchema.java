package dev.frl.spec.docs;

import dev.frl.core.settings.Range;
import dev.frl.spec.group.Distributions;
import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.KeyTable;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.tree.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * {@code docs/spec.schema.json}, from the table of keys: a JSON Schema (2020-12) for editors. It knows names, types, choices and
 * ranges; what the reader checks beyond these, it admits.
 */
public final class SpecSchema {
    private static final String SPEC = "spec";

    private final KeyTable keys = Keys.TABLE;

    private SpecSchema() {}

    /** The file. */
    public static String json() {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Experiment of frl");
        schema.put(
                "$comment",
                "Generated from the keys of libs/spec; do not edit. docs/settings.md says how to regenerate it.");
        schema.putAll(new SpecSchema().group(""));
        return Json.pretty(schema);
    }

    private Map<String, Object> group(String path) {
        boolean optional = path.contains(".");
        var schema = new LinkedHashMap<String, Object>();
        String meaning = keys.groups().getOrDefault(path, "");
        if (!meaning.isEmpty()) {
            schema.put("description", Words.plain(meaning));
        }
        schema.put("type", optional ? List.of("object", "null") : "object");
        schema.put("additionalProperties", false);
        if (!optional && !path.equals(SPEC)) {
            schema.put("required", requiredIn(path));
        } else if (path.equals(SweepKeys.RANDOM.path())) {
            schema.put("required", List.of(SweepKeys.POINTS.name(), SweepKeys.SPACE.name()));
        } else if (path.equals(SweepKeys.SWEEP.path())) {
            schema.put("minProperties", 1);
            schema.put("not", given(SweepKeys.GRID.name(), last(SweepKeys.RANDOM.path())));
        }
        var properties = new LinkedHashMap<String, Object>();
        for (String name : keys.namesIn(path)) {
            properties.put(name, property(path.isEmpty() ? name : path + "." + name));
        }
        schema.put("properties", properties);
        formerNames(path, schema, properties);
        if (path.equals(SPEC)) {
            // A sweep may give what is required.
            schema.put("if", Map.of("not", Map.of("required", List.of("sweep"))));
            schema.put("then", requiredBelow(path));
        }
        return schema;
    }

    private Map<String, Object> property(String path) {
        Key<?> key = keys.at(path).orElse(null);
        if (key == null) {
            return group(path);
        }
        if (!keys.isGroup(path)) {
            return value(key);
        }
        var schema = new LinkedHashMap<String, Object>();
        schema.put("description", Words.withDefault(key));
        schema.put("anyOf", List.of(value(key), group(path)));
        return schema;
    }

    private Map<String, Object> value(Key<?> key) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("description", Words.withDefault(key));
        new TreeMap<>(key.type().schema()).forEach((k, v) -> schema.put(k, ordered(v)));
        if (!key.isRequired()) {
            schema.computeIfPresent("type", (k, type) -> with(type, "null"));
            schema.computeIfPresent("enum", (k, names) -> with(names, Json.Null.NULL));
        }
        Range range = key.range();
        if (range != null && key.type().equals(ValueType.NUMBERS)) {
            var items = new LinkedHashMap<String, Object>(Map.of("type", "number"));
            bounds(range, items);
            schema.put("items", items);
        } else if (range != null && !key.type().equals(ValueType.DURATION)) {
            bounds(range, schema);
        }
        putDefault(key, schema);
        if (key.equals(SweepKeys.GRID)) {
            sweepable(schema, this::axis);
        } else if (key.equals(SweepKeys.SPACE)) {
            sweepable(schema, this::distribution);
        }
        return schema;
    }

    private static <T> void putDefault(Key<T> key, Map<String, Object> schema) {
        if (key.fallback() != null) {
            schema.put("default", key.type().plain().apply(key.fallback()));
        }
    }

    private static void bounds(Range range, Map<String, Object> schema) {
        if (Double.isFinite(range.min())) {
            schema.put(range.includesMin() ? "minimum" : "exclusiveMinimum", range.min());
        }
        if (Double.isFinite(range.max())) {
            schema.put(range.includesMax() ? "maximum" : "exclusiveMaximum", range.max());
        }
    }

    private static List<Object> with(Object one, Object more) {
        var all = new ArrayList<Object>(one instanceof List<?> list ? list : List.of(one));
        all.add(more);
        return all;
    }

    private static Object ordered(Object schema) {
        if (schema instanceof Map<?, ?> map) {
            var sorted = new TreeMap<String, Object>();
            map.forEach((k, v) -> sorted.put((String) k, ordered(v)));
            return sorted;
        }
        return schema;
    }

    private void formerNames(String group, Map<String, Object> schema, Map<String, Object> properties) {
        var exclusive = new ArrayList<Object>();
        keys.formerNames().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .filter(e -> parent(e.getValue()).equals(group))
                .forEach(e -> {
                    String former = last(e.getKey());
                    String today = last(e.getValue());
                    properties.put(former, deprecated(e.getValue(), today));
                    exclusive.add(Map.of("not", both(former, today)));
                });
        if (!exclusive.isEmpty()) {
            schema.put("allOf", exclusive);
        }
    }

    private static Map<String, Object> both(String former, String today) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", "object");
        schema.put("required", List.of(former, today));
        return schema;
    }

    private Map<String, Object> deprecated(String path, String today) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("$ref", pointer(path));
        schema.put("deprecated", true);
        schema.put("description", "Former name of " + today + ".");
        return schema;
    }

    private void sweepable(Map<String, Object> schema, Function<String, Map<String, Object>> varied) {
        var properties = new LinkedHashMap<String, Object>();
        Stream.concat(keys.groups().keySet().stream(), keys.all().stream().map(Key::path))
                .filter(SweepKeys::isSweepable)
                .distinct()
                .forEach(path -> keys.pathsOf(path).forEach(p -> properties.put(below(p), varied.apply(path))));
        schema.put("additionalProperties", false);
        schema.put("properties", properties);
    }

    private Map<String, Object> axis(String path) {
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", "array");
        schema.put("minItems", 1);
        schema.put("uniqueItems", true);
        schema.put("items", Map.of("$ref", pointer(path)));
        return schema;
    }

    private Map<String, Object> distribution(String path) {
        var properties = new LinkedHashMap<String, Object>();
        String first = null;
        for (String name : Distributions.possible(keys.at(path).orElse(null))) {
            if (name.equals(Distributions.CHOICE)) {
                properties.put(name, Map.of("$ref", entry(SweepKeys.GRID, path)));
            } else if (first == null) {
                first = name;
                properties.put(name, bounds(path));
            } else {
                properties.put(name, Map.of("$ref", entry(SweepKeys.SPACE, path) + "/properties/" + first));
            }
        }
        var schema = new LinkedHashMap<String, Object>();
        schema.put("type", "object");
        schema.put("additionalProperties", false);
        schema.put("minProperties", 1);
        schema.put("maxProperties", 1);
        schema.put("properties", properties);
        return schema;
    }

    /** Where the schema of a path of the grid or of the space stands in the file. */
    private String entry(Key<?> sweep, String path) {
        return pointer(sweep.path()) + "/properties/" + below(path);
    }

    private Map<String, Object> bounds(String path) {
        var schema = axis(path);
        schema.put("minItems", 2);
        schema.put("maxItems", 2);
        return schema;
    }

    /** A schema that asks for both, not null. */
    private static Map<String, Object> given(String one, String other) {
        var properties = new LinkedHashMap<String, Object>();
        properties.put(one, Map.of("type", "object"));
        properties.put(other, Map.of("type", "object"));
        var schema = new LinkedHashMap<String, Object>();
        schema.put("required", List.of(one, other));
        schema.put("properties", properties);
        return schema;
    }

    /** Names in a group that must be there. */
    private List<String> requiredIn(String group) {
        return keys.namesIn(group).stream()
                .filter(name -> {
                    String path = group.isEmpty() ? name : group + "." + name;
                    return keys.isGroup(path)
                            || keys.at(path).map(Key::isRequired).orElse(false);
                })
                .toList();
    }

    /** A schema that asks for the required keys within a group, at any depth, and for the groups around them. */
    private Map<String, Object> requiredBelow(String group) {
        var required = new ArrayList<String>();
        var properties = new LinkedHashMap<String, Object>();
        for (String name : keys.namesIn(group)) {
            String path = group + "." + name;
            if (keys.isGroup(path)) {
                var inner = requiredBelow(path);
                if (!inner.isEmpty()) {
                    required.add(name);
                    properties.put(name, inner);
                }
            } else if (keys.at(path).map(Key::isRequired).orElse(false)) {
                required.add(name);
            }
        }
        var schema = new LinkedHashMap<String, Object>();
        if (!required.isEmpty()) {
            schema.put("required", required);
        }
        if (!properties.isEmpty()) {
            schema.put("properties", properties);
        }
        return schema;
    }

    /** Where the schema of a setting stands in the file. */
    private String pointer(String path) {
        var pointer = new StringBuilder("#");
        for (int end = path.indexOf('.'); ; end = path.indexOf('.', end + 1)) {
            String until = end < 0 ? path : path.substring(0, end);
            pointer.append("/properties/").append(last(until));
            if (end < 0) {
                return pointer.toString();
            }
            if (keys.at(until).isPresent()) {
                pointer.append("/anyOf/1");
            }
        }
    }

    private static String below(String path) {
        return path.substring("spec.".length());
    }

    private static String last(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    private static String parent(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('.')));
    }
}
