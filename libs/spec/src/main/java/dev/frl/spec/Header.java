package dev.frl.spec;

import dev.frl.spec.group.MetadataKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.tree.Node;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What an experiment is called, from {@code metadata}; and a check that this is an experiment at all. */
record Header(String name, Map<String, String> labels, int generation) {
    static Header read(Values values, Found found) {
        present(values, MetadataKeys.API_VERSION, "write apiVersion: frl.dev/v1alpha1", found);
        present(values, MetadataKeys.KIND, "write kind: Experiment", found);
        present(values, MetadataKeys.NAME, "what the experiment is called", found);
        String name = values.get(MetadataKeys.NAME, "");
        Value written = values.at(MetadataKeys.NAME.path());
        if (written != null
                && written.value() != null
                && !MetadataKeys.NAME_FORM.matcher(name).matches()) {
            problem(
                    written,
                    String.format(
                            Locale.ROOT,
                            "is %s; it must be lower-case letters, digits and hyphens, at most 63, with no hyphen at the ends",
                            name.isEmpty() ? "empty" : Node.shown(name)),
                    found);
        }
        int generation = values.get(MetadataKeys.GENERATION, 1);
        var range = MetadataKeys.GENERATION_RANGE;
        Value writtenGeneration = values.at(MetadataKeys.GENERATION.path());
        if (writtenGeneration != null && !range.contains(generation)) {
            problem(
                    writtenGeneration,
                    String.format(Locale.ROOT, "is %d; it must be %s", generation, range.text()),
                    found);
        }
        return new Header(name, labels(values, found), generation);
    }

    private static Map<String, String> labels(Values values, Found found) {
        var labels = new LinkedHashMap<String, String>();
        Value written = values.at(MetadataKeys.LABELS.path());
        if (written == null || !(written.value() instanceof Node.Mapping mapping)) {
            return labels;
        }
        if (mapping.entries().size() > MetadataKeys.MOST_LABELS) {
            problem(
                    written,
                    String.format(
                            Locale.ROOT,
                            "has %d labels; at most %d",
                            mapping.entries().size(),
                            MetadataKeys.MOST_LABELS),
                    found);
        }
        mapping.entries().forEach((key, entry) -> {
            String path = Node.join(written.path(), key);
            if (!MetadataKeys.LABEL_FORM.matcher(key).matches()) {
                String rule = "is no name for a label; it must be letters, digits and . _ / - within, at most 63";
                found.add(entry.line(), path, rule);
            }
            label(entry, path, found).ifPresent(text -> labels.put(key, text));
        });
        return labels;
    }

    private static Optional<String> label(Node.Entry entry, String path, Found found) {
        Node value = entry.value();
        if (value.isAbsent() || value instanceof Node.Broken) {
            return Optional.empty();
        }
        var read = ValueType.TEXT.reader().apply(value);
        String text = read.value();
        if (text == null) {
            String hint = read.hint().isEmpty() ? "" : ": " + read.hint();
            found.add(
                    entry.line(),
                    path,
                    String.format(Locale.ROOT, "is %s; it must be a text%s", value.described(), hint));
        } else if (text.length() > MetadataKeys.LONGEST_LABEL || text.chars().anyMatch(Character::isISOControl)) {
            String rule = String.format(
                    Locale.ROOT,
                    "has %d characters; it must be one line of at most %d",
                    text.length(),
                    MetadataKeys.LONGEST_LABEL);
            found.add(entry.line(), path, rule);
        }
        return Optional.ofNullable(text);
    }

    private static void present(Values values, Key<?> key, String what, Found found) {
        if (values.at(key.path()) == null) {
            found.add(values.lineAround(key.path()), key.path(), "is missing: " + what);
        }
    }

    private static void problem(Value value, String message, Found found) {
        found.add(value.line(), value.path(), message);
    }
}
