package dev.frl.spec.key;

import dev.frl.spec.key.Values.Value;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.ProblemSink;
import dev.frl.spec.tree.Suggestions;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks names and types of a tree against the table of keys. What the values say together is the resolver's to check. */
public final class ValuesReader {
    private final KeyTable keys;
    private final ProblemSink found;
    private final TreeMap<String, Value> values = new TreeMap<>();
    private final Map<String, @Nullable Integer> groupLines = new HashMap<>();

    private ValuesReader(KeyTable keys, ProblemSink found) {
        this.keys = keys;
        this.found = found;
    }

    /**
     * @param at path of the tree's key or group; empty for a whole spec
     * @param shownAs path of the tree in problems, as the user wrote it
     */
    public static Values read(
            KeyTable keys, Node tree, @Nullable Integer line, String at, String shownAs, ProblemSink found) {
        var reader = new ValuesReader(keys, found);
        reader.visit(tree, line, at, shownAs);
        return new Values(reader.values, reader.groupLines);
    }

    private void visit(Node node, @Nullable Integer line, String at, String shownAs) {
        Optional<Key<?>> key = keys.at(at);
        if (node.isAbsent()) {
            return;
        }
        if (node instanceof Node.Broken) {
            key.ifPresent(k -> values.put(at, new Value(line, shownAs, null, "")));
        } else if (keys.isGroup(at) && (node instanceof Node.Mapping || key.isEmpty())) {
            group(node, line, at, shownAs);
        } else {
            key.ifPresent(k -> value(k, node, line, shownAs));
        }
    }

    private void group(Node node, @Nullable Integer line, String at, String shownAs) {
        groupLines.put(at, line);
        if (!(node instanceof Node.Mapping mapping)) {
            String example =
                    String.join(", ", keys.namesIn(at).stream().limit(4).toList());
            String what = at.isEmpty() ? "The spec is " : "is ";
            found.add(line, shownAs, what + node.described() + "; it must be a group of settings: " + example);
            return;
        }
        mapping.entries().forEach((name, entry) -> {
            String path = at.isEmpty() ? name : at + "." + name;
            String shown = Node.join(shownAs, name);
            String current = keys.current(path);
            if (name.indexOf('.') < 0 && keys.isKnown(current)) {
                if (current.equals(path) || !isGivenTwice(entry, mapping, current, shown)) {
                    visit(entry.value(), entry.line(), current, shown);
                }
            } else {
                found.add(
                        entry.line(),
                        shown,
                        isPath(name, path) ? nested(name) : "is not a setting. " + suggestion(name, at));
            }
        });
    }

    /** Whether the name is the path of a setting, which other programs write as one name. */
    private boolean isPath(String name, String path) {
        return name.indexOf('.') >= 0 && keys.isKnown(keys.current(path));
    }

    private static String nested(String name) {
        return "is one name with a point; write the groups one inside the other: "
                + name.replace(".", ": {")
                + ": …"
                + "}".repeat((int) name.chars().filter(c -> c == '.').count());
    }

    /** Whether a setting that is written by its former name is written by today's name too. */
    private boolean isGivenTwice(Node.Entry former, Node.Mapping group, String current, String shown) {
        Node.Entry today = group.entries().get(current.substring(current.lastIndexOf('.') + 1));
        if (today == null || today.value().isAbsent() || former.value().isAbsent()) {
            return false;
        }
        found.add(
                former.line(),
                shown,
                String.format(
                        Locale.ROOT,
                        "is the former name of %s, which is given too%s; keep %s",
                        current,
                        today.line() == null ? "" : ", in line " + today.line(),
                        current));
        return true;
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
                    String.format(
                            Locale.ROOT,
                            "is %s; it must be %s%s",
                            written(node, key),
                            key.type().expected(),
                            hint));
        }
    }

    /** A word that is merely unknown is shown as it is; a value of another type with its type. */
    private static String written(Node node, Key<?> key) {
        return !key.type().choices().isEmpty()
                        && node instanceof Node.Scalar s
                        && s.value() instanceof String
                        && !s.text().isEmpty()
                ? Node.shown(s.text())
                : node.described();
    }

    private String suggestion(String name, String group) {
        List<String> here = keys.namesIn(group);
        var near = Suggestions.closest(name, here).map(n -> Node.join(group, n));
        return near.or(() -> elsewhere(keys, name, group))
                .map(path -> "Did you mean " + path + "?")
                .orElseGet(() -> String.format(
                        Locale.ROOT, "Known here: %s. All keys: docs/settings.md", String.join(", ", here)));
    }

    /** The same name in another group; of several, the one that shares most of its path. */
    public static Optional<String> elsewhere(KeyTable keys, String name, String group) {
        for (boolean exact : new boolean[] {true, false}) {
            List<String> names = Stream.concat(keys.all().stream().map(Key::path), keys.groups().keySet().stream())
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
