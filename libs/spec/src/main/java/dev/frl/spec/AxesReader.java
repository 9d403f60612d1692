package dev.frl.spec;

import dev.frl.spec.Axis.Choice;
import dev.frl.spec.Distribution.Choices;
import dev.frl.spec.group.DeadlineKeys;
import dev.frl.spec.group.Distributions;
import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.ValuesReader;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.ProblemSink;
import dev.frl.spec.tree.Suggestions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads the paths of a grid or of a space, each with its values. */
final class AxesReader {
    /** Reads what stands behind one path. */
    interface ValuesOfAxis {
        /**
         * @param path below spec, with today's names
         * @param shown path in problems
         * @return empty if that is wrong, which was noted, and nothing can stand in for it
         */
        Optional<Distribution> read(String path, String shown, Node.Entry entry);
    }

    private final String group;
    private final ProblemSink found;

    /** @param group path of the grid or of the space */
    AxesReader(String group, ProblemSink found) {
        this.group = group;
        this.found = found;
    }

    List<Axis> read(Node.Mapping paths, ValuesOfAxis reader) {
        List<Axis> axes = new ArrayList<>();
        paths.entries().forEach((path, entry) -> axis(path, entry, reader).ifPresent(axes::add));
        refuseFormerNames(axes);
        refuseOverlaps(axes);
        return axes;
    }

    private Optional<Axis> axis(String written, Node.Entry entry, ValuesOfAxis reader) {
        String shown = Node.join(group, written);
        String full = Keys.TABLE.current("spec." + written);
        if (!SweepKeys.isSweepable(full)) {
            found.add(entry.line(), shown, "is not a setting that can be swept. " + suggestion(written));
            return Optional.empty();
        }
        String path = full.substring("spec.".length());
        return reader.read(path, shown, entry).map(values -> new Axis(path, entry.line(), shown, values));
    }

    /** The list of an axis of a grid. */
    Optional<Distribution> list(String path, String shown, Node.Entry entry) {
        if (!(entry.value() instanceof Node.Sequence list)) {
            if (!(entry.value() instanceof Node.Broken)) {
                found.add(
                        entry.line(),
                        shown,
                        String.format(
                                Locale.ROOT,
                                "is %s; it must be a list of values%s",
                                entry.value().described(),
                                listHint(path, entry.value())));
            }
            return Optional.empty();
        }
        return choices(path, shown, entry.line(), list);
    }

    private static String listHint(String path, Node value) {
        if (!(value instanceof Node.Mapping group)) {
            return "";
        }
        if (group.entries().keySet().stream().anyMatch(Distributions.NAMES::contains)) {
            return "; distributions stand in " + SweepKeys.SPACE.path();
        }
        return Keys.TABLE.isGroup("spec." + path)
                ? String.format(
                        Locale.ROOT,
                        "; for a setting within, write its whole path: %s.%s: […]",
                        path,
                        Keys.TABLE.namesIn("spec." + path).get(0))
                : "";
    }

    /** @param shown path of the list */
    Optional<Distribution> choices(String path, String shown, @Nullable Integer line, Node.Sequence list) {
        if (list.items().isEmpty()) {
            found.add(line, shown, "is an empty list: there would be no run");
            return Optional.empty();
        }
        List<Choice> choices = new ArrayList<>();
        Map<Object, Integer> seen = new LinkedHashMap<>();
        for (Node item : list.items()) {
            int i = choices.size();
            Choice choice = choice(path, shown + "[" + i + "]", item.line(), item);
            choices.add(choice);
            Integer before = item instanceof Node.Broken
                    ? null
                    : seen.putIfAbsent(choice.values().meaning(), i);
            if (before != null) {
                found.add(
                        item.line(),
                        shown + "[" + i + "]",
                        String.format(
                                Locale.ROOT,
                                "is %s, the same as [%d]; every run must differ",
                                Node.shown(item.text()),
                                before));
            }
        }
        return Optional.of(new Choices(choices));
    }

    /** @param shown path of the value in problems */
    Choice choice(String path, String shown, @Nullable Integer line, Node value) {
        Values values = ValuesReader.read(Keys.TABLE, value, line, "spec." + path, shown, found);
        var priority = values.at(DeadlineKeys.PRIORITY.path());
        if (priority != null) {
            found.add(priority.line(), priority.path(), "cannot be swept. " + sameForAll(DeadlineKeys.PRIORITY.path()));
        }
        return new Choice(value.text(), values);
    }

    private static String sameForAll(String path) {
        return "It is the same for all runs: write it in " + path;
    }

    private static String suggestion(String path) {
        if (path.equals("metadata") || path.startsWith("metadata.")) {
            return "Paths begin below spec; metadata is the same for all runs";
        }
        if (path.equals("sweep") || path.startsWith("sweep.")) {
            return "A sweep cannot vary itself";
        }
        if (SweepKeys.isOfExperiment("spec." + path) && Keys.TABLE.isKnown("spec." + path)) {
            return sameForAll("spec." + path);
        }
        List<String> paths = Stream.concat(
                        Keys.TABLE.all().stream().map(Key::path), Keys.TABLE.groups().keySet().stream())
                .filter(SweepKeys::isSweepable)
                .map(p -> p.substring("spec.".length()))
                .toList();
        String bare = path.startsWith("spec.") ? path.substring("spec.".length()) : path;
        String group = "spec." + bare.substring(0, Math.max(0, bare.lastIndexOf('.')));
        return Suggestions.closest(bare, paths)
                .or(() -> ValuesReader.elsewhere(Keys.TABLE, bare.substring(bare.lastIndexOf('.') + 1), group)
                        .filter(SweepKeys::isSweepable)
                        .map(p -> p.substring("spec.".length())))
                .map(p -> "Did you mean " + p + "?")
                .orElse("Write a path below spec, such as training.seed. All keys: docs/settings.md");
    }

    /** A path that is swept under its former name and under today's name too. */
    private void refuseFormerNames(List<Axis> axes) {
        var byPath = new LinkedHashMap<String, Axis>();
        for (Axis axis : List.copyOf(axes)) {
            Axis other = byPath.putIfAbsent(axis.path(), axis);
            if (other != null) {
                Axis former = axis.shown().endsWith("." + axis.path()) ? other : axis;
                found.add(
                        former.line(),
                        former.shown(),
                        String.format(
                                Locale.ROOT,
                                "is the former name of %s, which is swept too; keep %s",
                                axis.path(),
                                axis.path()));
                axes.remove(axis);
            }
        }
    }

    private void refuseOverlaps(List<Axis> axes) {
        for (Axis outer : axes) {
            for (Axis inner : axes) {
                if (inner.path().startsWith(outer.path() + ".")) {
                    found.add(
                            inner.line(),
                            inner.shown(),
                            String.format(
                                    Locale.ROOT,
                                    "is a part of %s, which is swept too; sweep one of them",
                                    outer.path()));
                }
            }
        }
    }
}
