package dev.frl.spec;

import dev.frl.spec.Axis.Choice;
import dev.frl.spec.Distribution.Choices;
import dev.frl.spec.Sweep.Point;
import dev.frl.spec.key.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The points of a grid: every combination of its values, the last path fastest. */
final class Grid {
    private final Values base;
    private final List<Axis> axes;

    Grid(Values base, List<Axis> axes) {
        this.base = base;
        this.axes = List.copyOf(axes);
    }

    /** Number of points; Long.MAX_VALUE if there are more. */
    long size() {
        return Axis.combinations(axes);
    }

    List<Point> points() {
        List<Point> points = List.of(new Point(Map.of(), base));
        for (Axis axis : axes) {
            List<Point> longer = new ArrayList<>();
            for (Point point : points) {
                choices(axis).forEach(choice -> longer.add(point.with(axis, choice)));
            }
            points = longer;
        }
        return points;
    }

    /** Every value once, the other paths at their first: points enough to find what is wrong with values. */
    List<Point> oneAtATime() {
        Point first = new Point(Map.of(), base);
        for (Axis axis : axes) {
            first = first.with(axis, choices(axis).get(0));
        }
        List<Point> points = new ArrayList<>(axes.isEmpty() ? List.of(first) : List.of());
        for (Axis axis : axes) {
            for (Choice choice : choices(axis)) {
                points.add(first.with(axis, choice));
            }
        }
        return points;
    }

    private static List<Choice> choices(Axis axis) {
        return ((Choices) axis.values()).all();
    }
}
