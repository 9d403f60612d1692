package dev.frl.spec;

import dev.frl.core.settings.Range;
import dev.frl.spec.Axis.Choice;
import dev.frl.spec.Distribution.Choices;
import dev.frl.spec.Distribution.LogUniform;
import dev.frl.spec.Distribution.Uniform;
import dev.frl.spec.Distribution.WholeNumbers;
import dev.frl.spec.group.Distributions;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.ValueType;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.Numbers;
import dev.frl.spec.tree.ProblemSink;
import dev.frl.spec.tree.Suggestions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the distribution of one path of a space. Where it is wrong, a value that could not be read stands in for it, so that the
 * setting does not count as missing.
 */
final class DistributionReader {
    private final AxesReader axes;
    private final ProblemSink found;
    private final String path;
    private final String shown;
    private final @Nullable Integer line;

    private DistributionReader(AxesReader axes, ProblemSink found, String path, String shown, @Nullable Integer line) {
        this.axes = axes;
        this.found = found;
        this.path = path;
        this.shown = shown;
        this.line = line;
    }

    /** Reads what stands behind a path of a space. */
    static AxesReader.ValuesOfAxis in(AxesReader axes, ProblemSink found) {
        return (path, shown, entry) -> {
            var reader = new DistributionReader(axes, found, path, shown, entry.line());
            return Optional.of(reader.distribution(entry.value()).orElseGet(reader::unreadable));
        };
    }

    private Distribution unreadable() {
        return new Choices(List.of(axes.choice(path, shown, line, new Node.Broken(line))));
    }

    private Optional<Distribution> distribution(Node node) {
        if (node instanceof Node.Broken) {
            return Optional.empty();
        }
        if (!(node instanceof Node.Mapping mapping) || mapping.entries().isEmpty()) {
            String hint = node instanceof Node.Sequence
                    ? String.format(Locale.ROOT, "; write {choice: %s}", Node.shown(node.text()))
                    : "";
            String is = node instanceof Node.Mapping ? "is empty" : "is " + node.described();
            found.add(
                    line,
                    shown,
                    String.format(
                            Locale.ROOT,
                            "%s; it must be a distribution: one of %s%s",
                            is,
                            String.join(", ", Distributions.NAMES),
                            hint));
            return Optional.empty();
        }
        boolean known = true;
        for (var entry : mapping.entries().entrySet()) {
            if (!Distributions.NAMES.contains(entry.getKey())) {
                String hint = Suggestions.closest(entry.getKey(), Distributions.NAMES)
                        .map(n -> "Did you mean " + n + "?")
                        .orElse("Known here: " + String.join(", ", Distributions.NAMES));
                found.add(entry.getValue().line(), Node.join(shown, entry.getKey()), "is not a distribution. " + hint);
                known = false;
            }
        }
        if (mapping.entries().size() > 1) {
            String given = String.join(
                    " and ",
                    mapping.entries().keySet().stream().map(Node::shown).toList());
            found.add(
                    line,
                    shown,
                    String.format(Locale.ROOT, "has %s; a setting has one distribution: keep one of them", given));
            return Optional.empty();
        }
        return known ? named(mapping.entries().entrySet().iterator().next().getKey(), mapping) : Optional.empty();
    }

    private Optional<Distribution> named(String name, Node.Mapping mapping) {
        Node.Entry entry = mapping.entries().get(name);
        String at = shown + "." + name;
        if (entry == null || entry.value() instanceof Node.Broken) {
            return Optional.empty();
        }
        if (name.equals(Distributions.CHOICE)) {
            if (entry.value() instanceof Node.Sequence list) {
                return axes.choices(path, at, entry.line(), list);
            }
            found.add(
                    entry.line(),
                    at,
                    String.format(
                            Locale.ROOT,
                            "is %s; it must be a list of values",
                            entry.value().described()));
            return Optional.empty();
        }
        Key<?> key = Keys.TABLE.at("spec." + path).orElse(null);
        var why = Distributions.whyNot(name, path, key, Node.shown(entry.value().text()));
        if (why.isPresent()) {
            found.add(entry.line(), at, why.get());
            return Optional.empty();
        }
        return bounds(name, key, at, entry);
    }

    private Optional<Distribution> bounds(String name, @Nullable Key<?> key, String at, Node.Entry entry) {
        String example = name.equals(Distributions.INTEGER) ? "[32, 256]" : "[0.01, 0.3]";
        if (!(entry.value() instanceof Node.Sequence list) || list.items().size() != 2) {
            String is = entry.value() instanceof Node.Sequence list
                    ? String.format(Locale.ROOT, "has %d bounds", list.items().size())
                    : "is " + entry.value().described();
            found.add(
                    entry.line(),
                    at,
                    String.format(
                            Locale.ROOT, "%s; it must be the lower and the upper bound, such as %s", is, example));
            return Optional.empty();
        }
        if (name.equals(Distributions.INTEGER)) {
            var bounds = read(ValueType.SEED, key, at, list);
            return bounds.size() == 2 && ascend(bounds.get(0) < bounds.get(1), at, entry, list)
                    ? Optional.of(new WholeNumbers(bounds.get(0), bounds.get(1), this::typed))
                    : Optional.empty();
        }
        boolean ratio = key != null && key.type().equals(ValueType.RATIO);
        var bounds = read(ratio ? ValueType.RATIO : ValueType.NUMBER, key, at, list);
        boolean positive = !name.equals(Distributions.LOG_UNIFORM) || arePositive(bounds, at, list);
        if (bounds.size() < 2 || !ascend(bounds.get(0) < bounds.get(1), at, entry, list) || !positive) {
            return Optional.empty();
        }
        Function<Node.Scalar, Choice> typed = this::typed;
        return Optional.of(
                name.equals(Distributions.UNIFORM)
                        ? new Uniform(bounds.get(0), bounds.get(1), typed)
                        : new LogUniform(bounds.get(0), bounds.get(1), typed));
    }

    private Choice typed(Node.Scalar number) {
        return axes.choice(path, shown, line, number);
    }

    /** The bounds that can be read and that the setting may take. */
    private <T extends Number> List<T> read(ValueType<T> type, @Nullable Key<?> key, String at, Node.Sequence list) {
        List<T> bounds = new ArrayList<>();
        for (int i = 0; i < list.items().size(); i++) {
            Node item = list.items().get(i);
            var read = type.reader().apply(item);
            T value = read.value();
            String problem = null;
            Range range = key == null ? null : key.range();
            if (value == null) {
                String hint = read.hint().isEmpty() ? "" : ": " + read.hint();
                problem = String.format(Locale.ROOT, "is %s; it must be %s%s", item.described(), type.expected(), hint);
            } else if (!Double.isFinite(value.doubleValue())) {
                problem = String.format(Locale.ROOT, "is %s; it must be finite", Node.shown(item.text()));
            } else if (range != null && !range.contains(value.doubleValue())) {
                problem =
                        String.format(Locale.ROOT, "is %s; %s must be %s", Node.shown(item.text()), path, range.text());
            }
            if (problem == null && value != null) {
                bounds.add(value);
            } else if (problem != null && !(item instanceof Node.Broken)) {
                found.add(item.line(), at + "[" + i + "]", problem);
            }
        }
        return bounds;
    }

    private boolean arePositive(List<Double> bounds, String at, Node.Sequence list) {
        boolean positive = true;
        for (int i = 0; i < bounds.size(); i++) {
            if (bounds.get(i) <= 0 && bounds.size() == list.items().size()) {
                found.add(
                        list.items().get(i).line(),
                        at + "[" + i + "]",
                        String.format(
                                Locale.ROOT,
                                "is %s; it must be positive, since only positive numbers have a logarithm; write uniform for a range with 0",
                                Numbers.shortest(bounds.get(i))));
                positive = false;
            }
        }
        return positive;
    }

    private boolean ascend(boolean ascending, String at, Node.Entry entry, Node.Sequence list) {
        if (!ascending) {
            found.add(
                    entry.line(),
                    at,
                    String.format(
                            Locale.ROOT,
                            "is %s; the lower bound comes first and must be below the upper one",
                            Node.shown(list.text())));
        }
        return ascending;
    }
}
