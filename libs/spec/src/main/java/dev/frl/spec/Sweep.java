package dev.frl.spec;

import dev.frl.spec.group.Keys;
import dev.frl.spec.group.SweepKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.key.ValuesReader;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.Suggestions;
import dev.frl.spec.tree.YamlTree;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The points of a grid: every combination of its values, the last path fastest. */
final class Sweep {
    private static final String GRID = SweepKeys.GRID.path();

    /**
     * @param variant path below spec to value as written
     * @param values of the whole spec at this point
     */
    record Point(Map<String, String> variant, Values values) {}

    /**
     * One path and what it is varied over.
     *
     * @param path below spec, with today's names
     * @param shown path of the axis in problems, as the user wrote it
     */
    private record Axis(String path, @Nullable Integer line, String shown, List<Choice> choices) {}

    private record Choice(String text, Values values) {}

    private final Values base;
    private final Found found;

    private Sweep(Values base, Found found) {
        this.base = base;
        this.found = found;
    }

    /** A single point if nothing is swept. Where the grid itself is wrong, points enough to find what else is. */
    static List<Point> points(Values base, Found found) {
        return new Sweep(base, found).points();
    }

    private List<Point> points() {
        Value grid = base.at(GRID);
        if (!(grid != null && grid.value() instanceof Node.Mapping lists)) {
            if (grid == null && base.hasGroup("spec.sweep")) {
                found.add(base.lineAround(GRID), GRID, "is missing: say what to vary, or drop sweep for a single run");
            }
            return List.of(new Point(Map.of(), base));
        }
        if (lists.entries().isEmpty()) {
            found.add(grid.line(), GRID, "is empty: say what to vary, or drop sweep for a single run");
        }
        List<Axis> axes = new ArrayList<>();
        lists.entries().forEach((path, entry) -> axis(path, entry).ifPresent(axes::add));
        refuseFormerNames(axes);
        refuseOverlaps(axes);
        long runs = 1;
        for (Axis axis : axes) {
            runs = Math.min(runs * axis.choices().size(), Long.MAX_VALUE / YamlTree.MAX_NODES);
        }
        if (runs > SweepKeys.MOST_RUNS) {
            found.add(
                    grid.line(),
                    GRID,
                    "asks for %,d runs; at most %,d: sweep less at once".formatted(runs, SweepKeys.MOST_RUNS));
            return oneAtATime(axes);
        }
        return product(axes);
    }

    private Optional<Axis> axis(String written, Node.Entry entry) {
        String shown = Node.join(GRID, written);
        String full = Keys.TABLE.current("spec." + written);
        if (!SweepKeys.isSweepable(full)) {
            found.add(entry.line(), shown, "is not a setting that can be swept. " + suggestion(written));
            return Optional.empty();
        }
        String path = full.substring("spec.".length());
        if (!(entry.value() instanceof Node.Sequence list)) {
            if (!(entry.value() instanceof Node.Broken)) {
                String hint = entry.value() instanceof Node.Mapping && Keys.TABLE.isGroup(full)
                        ? "; for a setting within, write its whole path: %s.%s: […]"
                                .formatted(path, Keys.TABLE.namesIn(full).get(0))
                        : "";
                found.add(
                        entry.line(),
                        shown,
                        "is %s; it must be a list of values%s"
                                .formatted(entry.value().described(), hint));
            }
            return Optional.empty();
        }
        if (list.items().isEmpty()) {
            found.add(entry.line(), shown, "is an empty list: there would be no run");
            return Optional.empty();
        }
        return Optional.of(new Axis(path, entry.line(), shown, choices(path, shown, list)));
    }

    private List<Choice> choices(String path, String shown, Node.Sequence list) {
        List<Choice> choices = new ArrayList<>();
        Map<Object, Integer> seen = new LinkedHashMap<>();
        for (Node item : list.items()) {
            int i = choices.size();
            var values = ValuesReader.read(Keys.TABLE, item, item.line(), "spec." + path, shown + "[" + i + "]", found);
            choices.add(new Choice(item.text(), values));
            Integer before = item instanceof Node.Broken ? null : seen.putIfAbsent(values.meaning(), i);
            if (before != null) {
                found.add(
                        item.line(),
                        shown + "[" + i + "]",
                        "is %s, the same as [%d]; every run must differ".formatted(Node.shown(item.text()), before));
            }
        }
        return choices;
    }

    private static String suggestion(String path) {
        if (path.equals("metadata") || path.startsWith("metadata.")) {
            return "Paths begin below spec; metadata is the same for all runs";
        }
        if (path.equals("sweep") || path.startsWith("sweep.")) {
            return "A sweep cannot vary itself";
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
                        "is the former name of %s, which is swept too; keep %s".formatted(axis.path(), axis.path()));
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
                            "is a part of %s, which is swept too; sweep one of them".formatted(outer.path()));
                }
            }
        }
    }

    private List<Point> product(List<Axis> axes) {
        List<Point> points = List.of(new Point(Map.of(), base));
        for (Axis axis : axes) {
            List<Point> longer = new ArrayList<>(points.size() * axis.choices().size());
            for (Point point : points) {
                axis.choices().forEach(choice -> longer.add(with(point, axis, choice)));
            }
            points = longer;
        }
        return points;
    }

    /** Every value once, the other paths at their first. */
    private List<Point> oneAtATime(List<Axis> axes) {
        Point first = new Point(Map.of(), base);
        for (Axis axis : axes) {
            first = with(first, axis, axis.choices().get(0));
        }
        List<Point> points = new ArrayList<>();
        for (Axis axis : axes) {
            for (Choice choice : axis.choices()) {
                points.add(with(first, axis, choice));
            }
        }
        return points;
    }

    private static Point with(Point point, Axis axis, Choice choice) {
        var variant = new LinkedHashMap<>(point.variant());
        variant.put(axis.path(), choice.text());
        return new Point(variant, point.values().with("spec." + axis.path(), choice.values()));
    }
}
