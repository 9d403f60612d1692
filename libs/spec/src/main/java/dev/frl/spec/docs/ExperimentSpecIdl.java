package dev.frl.spec.docs;

import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.KeyTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code schemas/src/main/avro/experiment-spec.avdl}, from the table of keys: the document of a spec as an Avro record, one record a
 * group and one field a key. Every field below {@code spec} may be absent.
 */
public final class ExperimentSpecIdl {
    private static final String HEAD = """
            /** What people publish to ask for an experiment. Generated from the keys of libs/spec; do not edit: docs/settings.md says
                how to regenerate it. */
            @namespace("dev.frl.schemas")
            protocol ExperimentSpecs {
            """;
    private static final String ROOT_DOC =
            "A user asks for an experiment: the YAML document as an Avro record, key by key. Topic frl.experiment-specs, key:"
                    + " experiment name. The same topic takes the document itself as UTF-8 text.";

    /** Records that are not named after the last name of their group. Names travel with every message: do not change one. */
    private static final Map<String, String> NAMES = Map.of(
            "", "ExperimentSpec",
            "spec", "ExperimentBody",
            "spec.training.schedule", "RateScheduleSpec",
            "spec.warmStart.schedule", "RateScheduleSpec",
            "spec.attack", "AttacksSpec",
            "spec.attack.training", "TrainingAttackSpec",
            "spec.attack.validation", "ValidationAttackSpec",
            "spec.attack.test", "TestAttackSpec",
            "spec.schedule", "DeadlinesSpec",
            "spec.sweep.random", "RandomSearchSpec");

    private static final String DISTRIBUTION = "DistributionSpec";

    private final KeyTable keys = Keys.TABLE;
    private final Map<String, String> records = new LinkedHashMap<>();

    private ExperimentSpecIdl() {}

    /** The file. */
    public static String idl() {
        var idl = new ExperimentSpecIdl();
        idl.record("");
        return HEAD + String.join("\n", idl.records.values()) + "}\n";
    }

    /** Writes the records of the groups within first: an IDL file declares a record before it uses it. */
    private void record(String group) {
        var fields = new ArrayList<String>();
        for (String name : names(group)) {
            String path = group.isEmpty() ? name : group + "." + name;
            if (keys.isGroup(path)) {
                record(path);
            }
            if (path.equals(SweepKeys.SPACE.path())) {
                distribution();
            }
            fields.add(field(path, name));
        }
        String name = recordName(group);
        String doc = group.isEmpty() ? ROOT_DOC : Words.plain(keys.groups().getOrDefault(group, ""));
        String text = formerRecord(group) + "  record " + name + " {\n" + String.join("", fields) + "  }\n";
        String before = records.putIfAbsent(name, comment(doc, "  ") + text);
        if (before != null && !before.endsWith(text)) {
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "two groups have the record %s, but not the same keys", name));
        }
    }

    /** In the order of the keys; a group stands where its first key does. */
    private List<String> names(String group) {
        String prefix = group.isEmpty() ? "" : group + ".";
        var names = new LinkedHashSet<String>();
        for (Key<?> key : keys.all()) {
            if (key.path().startsWith(prefix)) {
                names.add(key.path().substring(prefix.length()).replaceFirst("\\..*", ""));
            }
        }
        return List.copyOf(names);
    }

    private String field(String path, String name) {
        Key<?> key = keys.at(path).orElse(null);
        var types = new ArrayList<String>();
        if (key != null) {
            types.add(type(key));
        }
        if (keys.isGroup(path)) {
            types.add(recordName(path));
        }
        String doc = key == null ? firstSentence(path) : Words.of(key) + choices(key);
        boolean required = key == null ? !path.contains(".") : key.isRequired() && !path.startsWith("spec.");
        String type = String.join(", ", types);
        String declared = required
                ? String.format(Locale.ROOT, "%s %s;", type, name)
                : String.format(Locale.ROOT, "union {null, %s} %s%s = null;", type, formerName(path), name);
        return comment(doc, "    ") + "    " + declared + "\n";
    }

    private String type(Key<?> key) {
        if (key.equals(SweepKeys.GRID)) {
            return String.format(Locale.ROOT, "map<array<union {%s}>>", gridValues());
        }
        return key.equals(SweepKeys.SPACE)
                ? String.format(Locale.ROOT, "map<%s>", DISTRIBUTION)
                : key.type().avro();
    }

    private void distribution() {
        String numbers = "union {null, array<union {double, string}>}";
        String fields = comment("Lower and upper bound, of the value itself.", "    ")
                + "    " + numbers + " uniform = null;\n"
                + comment("Lower and upper bound, of the value whose logarithm is uniform.", "    ")
                + "    " + numbers + " logUniform = null;\n"
                + comment("Lower and upper bound of a whole number, both included.", "    ")
                + "    union {null, array<long>} integer = null;\n"
                + comment("Values, equally likely.", "    ")
                + String.format(Locale.ROOT, "    union {null, array<union {%s}>} choice = null;\n", gridValues());
        records.put(
                DISTRIBUTION,
                comment("What one setting is drawn from: one of the fields is given.", "  ") + "  record "
                        + DISTRIBUTION + " {\n" + fields + "  }\n");
    }

    /** The record of the group has the rest. */
    private String firstSentence(String group) {
        return Words.plain(keys.groups().getOrDefault(group, "")).replaceFirst("(?<=\\.) .*", "");
    }

    private static String choices(Key<?> key) {
        var choices = key.type().choices();
        return choices.isEmpty() ? "" : " One of: " + String.join(", ", choices) + ".";
    }

    /** Types of the items in a list of a grid or of a choice: a value of a key, a whole group, or null for none. */
    private String gridValues() {
        Set<String> types =
                new LinkedHashSet<>(List.of("null", "boolean", "long", "double", "string", "array<double>"));
        keys.groups().keySet().stream()
                .filter(SweepKeys::isSweepable)
                .map(this::recordName)
                .forEach(types::add);
        return String.join(", ", types);
    }

    private String recordName(String group) {
        String name = NAMES.get(group);
        return name == null ? capitalized(group.substring(group.lastIndexOf('.') + 1)) + "Spec" : name;
    }

    private String formerRecord(String group) {
        return former(group).stream()
                .map(f -> String.format(
                        Locale.ROOT,
                        "  @aliases([\"dev.frl.schemas.%s\"])\n",
                        capitalized(f.substring(f.lastIndexOf('.') + 1)) + "Spec"))
                .findFirst()
                .orElse("");
    }

    private String formerName(String path) {
        return former(path).stream()
                .map(f -> String.format(Locale.ROOT, "@aliases([\"%s\"]) ", f.substring(f.lastIndexOf('.') + 1)))
                .findFirst()
                .orElse("");
    }

    private List<String> former(String path) {
        return keys.formerNames().entrySet().stream()
                .filter(e -> e.getValue().equals(path))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static String capitalized(String name) {
        return name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
    }

    private static String comment(String text, String indent) {
        return indent + "/** " + text + " */\n";
    }
}
