package dev.frl.spec;

import dev.frl.spec.Values.Value;
import java.util.Map;
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
        Map<String, String> labels = values.get(Keys.LABELS, Map.of());
        Value written = values.at(Keys.LABELS.path());
        if (written == null) {
            return labels;
        }
        if (labels.size() > MAX_LABELS) {
            problem(written, "has %d labels; at most %d".formatted(labels.size(), MAX_LABELS), found);
        }
        labels.forEach((key, value) -> {
            if (!LABEL.matcher(key).matches()) {
                problem(
                        written,
                        ("has the name %s; a name must be letters, digits and . _ / - within, at most 63")
                                .formatted(Node.shown(key)),
                        found);
            }
            if (value.length() > MAX_LABEL_LENGTH || value.chars().anyMatch(Character::isISOControl)) {
                problem(
                        written,
                        "has for %s a text of %d characters; it must be one line of at most %d"
                                .formatted(Node.shown(key), value.length(), MAX_LABEL_LENGTH),
                        found);
            }
        });
        return labels;
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
