package dev.frl.report.chart;

import dev.frl.report.statistics.SweepPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Points of a sweep: robust accuracy of the worst class against that on average, and the Pareto front. */
public final class FrontChart {
    private static final double WIDTH = 640;
    private static final double HEIGHT = 400;
    private static final double LEFT = 52;
    private static final double TOP = 34;
    private static final double RIGHT = WIDTH - 170;
    private static final double BOTTOM = HEIGHT - 40;
    private static final int MOST_LABELS = 12;
    private static final int LONGEST_LABEL = 26;

    private FrontChart() {}

    /**
     * @param points finished points
     * @param front those on the front, from the best worst class to the best average
     * @param best the best point under the constraints, or another one to stress; none if it is in no list
     */
    public static String svg(List<SweepPoint> points, List<SweepPoint> front, List<SweepPoint> best) {
        var x = axis(points.stream().mapToDouble(FrontChart::average).toArray(), LEFT, RIGHT);
        var y = axis(points.stream().mapToDouble(FrontChart::worst).toArray(), BOTTOM, TOP);
        var svg = new Svg(WIDTH, HEIGHT, "Robust accuracy of the worst class against average robust accuracy");
        svg.text(0, 12, "start", "panel", "robust accuracy of the worst class, %");
        for (double tick : y.ticks(5)) {
            svg.line(LEFT, y.at(tick), RIGHT, y.at(tick), "grid");
            svg.text(LEFT - 6, y.at(tick) + 4, "end", "tick", percent(tick));
        }
        for (double tick : x.ticks(6)) {
            svg.line(x.at(tick), BOTTOM, x.at(tick), BOTTOM + 4, "axis");
            svg.text(x.at(tick), BOTTOM + 17, "middle", "tick", percent(tick));
        }
        svg.text((LEFT + RIGHT) / 2, BOTTOM + 34, "middle", "tick", "average robust accuracy, %");
        svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis");
        if (front.size() > 1) {
            var path = new StringBuilder();
            front.forEach(p -> path.append(path.isEmpty() ? "M" : "L")
                    .append(Svg.n(x.at(average(p))))
                    .append(' ')
                    .append(Svg.n(y.at(worst(p)))));
            svg.path(path.toString(), "line p1", "Pareto front");
        }
        for (SweepPoint point : points) {
            String css = best.contains(point) ? "p0" : front.contains(point) ? "p1" : "k2";
            svg.circle(x.at(average(point)), y.at(worst(point)), best.contains(point) ? 6 : 4, "dot " + css, hint(point));
        }
        labels(svg, front, best, x, y);
        return svg.toString();
    }

    /** Labels beside the chart; labels that would overlap are moved apart. */
    private static void labels(Svg svg, List<SweepPoint> front, List<SweepPoint> best, AxisScale x, AxisScale y) {
        var named = new ArrayList<SweepPoint>(best);
        front.stream()
                .filter(p -> !best.contains(p))
                .limit(MOST_LABELS - best.size())
                .forEach(named::add);
        named.sort(Comparator.comparingDouble(p -> y.at(worst(p))));
        double[] at = LinePanel.movedApart(
                named.stream().mapToDouble(p -> y.at(worst(p))).toArray(), TOP, BOTTOM);
        for (int i = 0; i < at.length; i++) {
            SweepPoint point = named.get(i);
            svg.line(x.at(average(point)) + 7, y.at(worst(point)), RIGHT + 9, at[i], "leader");
            svg.text(
                    RIGHT + 12,
                    at[i] + 4,
                    "start",
                    "end " + (best.contains(point) ? "p0" : "p1"),
                    Html.shorten(point.name(), LONGEST_LABEL));
        }
    }

    private static AxisScale axis(double[] values, double from, double to) {
        double low = 1;
        double high = 0;
        for (double v : values) {
            low = Math.min(low, v);
            high = Math.max(high, v);
        }
        double room = Math.max(0.01, (high - low) * 0.08);
        return new AxisScale(Math.max(0, low - room), Math.min(1, high + room), from, to);
    }

    private static double average(SweepPoint point) {
        return point.averageRobust().mean();
    }

    private static double worst(SweepPoint point) {
        return point.worstRobust().mean();
    }

    private static String percent(double fraction) {
        return AxisScale.label(fraction * 100);
    }

    private static String hint(SweepPoint point) {
        return String.format(
                Locale.ROOT,
                "%s: worst class %.1f %%, average %.1f %%",
                point.name(),
                100 * worst(point),
                100 * average(point));
    }
}
