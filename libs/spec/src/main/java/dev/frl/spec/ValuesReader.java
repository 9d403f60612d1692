package dev.frl.spec;

import dev.frl.spec.Values.Value;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks names and types of a tree against the table of keys. What the values say together is the resolver's to check. */
final class ValuesReader {
    private final Found found;
    private final TreeMap<String, Value> values = new TreeMap<>();
    private final Map<String, @Nullable Integer> groupLines = new HashMap<>();

    private ValuesReader(Found found) {
        this.found = found;
    }

    /**
     * @param at key or group that the tree stands for; empty for a whole spec
     * @param shownAs path under which a person finds the tree
     */
    static Values read(Node tree, @Nullable Integer line, String at, String shownAs, Found found) {
        var reader = new ValuesReader(found);
        reader.visit(tree, line, at, shownAs);
        return new Values(reader.values, reader.groupLines);
    }

    private void visit(Node node, @Nullable Integer line, String at, String shownAs) {
        Optional<Key<?>> key = Keys.at(at);
        if (node.isAbsent()) {
            return;
        }
        if (node instanceof Node.Broken) {
            key.ifPresent(k -> values.put(at, new Value(line, shownAs, null, "")));
        } else if (Keys.isGroup(at) && (node instanceof Node.Mapping || key.isEmpty())) {
            group(node, line, at, shownAs);
        } else {
            key.ifPresent(k -> value(k, node, line, shownAs));
        }
    }

    private void group(Node node, @Nullable Integer line, String at, String shownAs) {
        groupLines.put(at, line);
        if (!(node instanceof Node.Mapping mapping)) {
            String example =
                    String.join(", ", Keys.namesIn(at).stream().limit(4).toList());
            String what = at.isEmpty() ? "The spec is " : "is ";
            found.add(line, shownAs, what + node.described() + "; it must be a group of settings: " + example);
            return;
        }
        mapping.entries().forEach((name, entry) -> {
            String path = at.isEmpty() ? name : at + "." + name;
            String shown = Node.join(shownAs, name);
            if (name.indexOf('.') < 0 && (Keys.at(path).isPresent() || Keys.isGroup(path))) {
                visit(entry.value(), entry.line(), path, shown);
            } else {
                found.add(entry.line(), shown, "is not a setting. " + suggestion(name, at));
            }
        });
    }

    private void value(Key<?> key, Node node, @Nullable Integer line, String shownAs) {
        var read = key.type().reader().apply(node);
        values.put(key.path(), new Value(line, shownAs, read.value(), node.text()));
        if (read.value() == null) {
            String hint = read.hint().isEmpty() ? "" : ": " + read.hint();
            if (node instanceof Node.Scalar s && s.value() == null) {
                hint = key.isRequired() ? "" : ", or the key left out";
            }
            found.add(
                    line,
                    shownAs,
                    "is %s; it must be %s%s"
                            .formatted(written(node, key), key.type().expected(), hint));
        }
    }

    /** A word that is merely unknown is shown as it is; a value of another type with its type. */
    private static String written(Node node, Key<?> key) {
        boolean word = key.type().doc().startsWith("`");
        return word
                        && node instanceof Node.Scalar s
                        && s.value() instanceof String
                        && !s.text().isEmpty()
                ? Node.shown(s.text())
                : node.described();
    }

    private static String suggestion(String name, String group) {
        List<String> here = Keys.namesIn(group);
        var near = Suggestions.closest(name, here).map(n -> Node.join(group, n));
        return near.or(() -> elsewhere(name, group))
                .map(path -> "Did you mean " + path + "?")
                .orElseGet(() -> "Known here: %s. All keys: docs/settings.md".formatted(String.join(", ", here)));
    }

    /** The same name in another group; of several, the one that shares most of its path. */
    static Optional<String> elsewhere(String name, String group) {
        for (boolean exact : new boolean[] {true, false}) {
            List<String> names = Stream.concat(Keys.all().stream().map(Key::path), Keys.groups().keySet().stream())
                    .filter(p -> !p.isEmpty())
                    .toList();
            List<String> last = names.stream()
                    .map(p -> p.substring(p.lastIndexOf('.') + 1))
                    .distinct()
                    .toList();
            Optional<String> meant =
                    exact ? last.stream().filter(name::equals).findFirst() : Suggestions.closest(name, last);
            if (meant.isPresent()) {
                String wanted = meant.get();
                return names.stream()
                        .filter(p -> p.equals(wanted) || p.endsWith("." + wanted))
                        .max((a, b) -> Integer.compare(shared(a, group), shared(b, group)));
            }
        }
        return Optional.empty();
    }

    private static int shared(String a, String b) {
        int i = 0;
        while (i < Math.min(a.length(), b.length()) && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }
}
