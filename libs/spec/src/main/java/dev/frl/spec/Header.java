package dev.frl.spec;

import dev.frl.spec.Values.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** What an experiment is called, from {@code metadata}; and a check that this is an experiment at all. */
record Header(String name, Map<String, String> labels, int generation) {
    private static final Pattern NAME = Pattern.compile("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?");
    private static final Pattern LABEL = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._/-]{0,61}[A-Za-z0-9])?");
    private static final int MAX_LABELS = 20;
    private static final int MAX_LABEL_LENGTH = 250;

    static Header read(Values values, Found found) {
        present(values, Keys.API_VERSION, "write apiVersion: frl.dev/v1alpha1", found);
        present(values, Keys.KIND, "write kind: Experiment", found);
        present(values, Keys.NAME, "what the experiment is called", found);
        String name = values.get(Keys.NAME, "");
        Value written = values.at(Keys.NAME.path());
        if (written != null && written.value() != null && !NAME.matcher(name).matches()) {
            problem(
                    written,
                    "is %s; it must be lower-case letters, digits and hyphens, at most 63, with no hyphen at the ends"
                            .formatted(Node.shown(name)),
                    found);
        }
        int generation = values.get(Keys.GENERATION, 1);
        Value writtenGeneration = values.at(Keys.GENERATION.path());
        if (writtenGeneration != null && generation < 1) {
            problem(writtenGeneration, "is %d; it must be at least 1".formatted(generation), found);
        }
        return new Header(name, labels(values, found), generation);
    }

    private static Map<String, String> labels(Values values, Found found) {
        var labels = new LinkedHashMap<String, String>();
        Value written = values.at(Keys.LABELS.path());
        if (written == null || !(written.value() instanceof Node.Mapping mapping)) {
            return labels;
        }
        if (mapping.entries().size() > MAX_LABELS) {
            problem(
                    written,
                    "has %d labels; at most %d".formatted(mapping.entries().size(), MAX_LABELS),
                    found);
        }
        mapping.entries().forEach((key, entry) -> {
            String path = Node.join(written.path(), key);
            if (!LABEL.matcher(key).matches()) {
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
            found.add(entry.line(), path, "is %s; it must be a text%s".formatted(value.described(), hint));
        } else if (text.length() > MAX_LABEL_LENGTH || text.chars().anyMatch(Character::isISOControl)) {
            String rule =
                    "has %d characters; it must be one line of at most %d".formatted(text.length(), MAX_LABEL_LENGTH);
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
