package dev.frl.report.chart;

import dev.frl.report.statistics.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.DoubleFunction;

/** A small line chart over epochs, with labels at the ends of the lines. */
final class LinePanel {
    private static final double LEFT = 44;
    private static final double TOP = 30;
    private static final double LABEL_HEIGHT = 13;
    private static final int LONGEST_LABEL = 24;
    private static final int MOST_POINTS = 300;

    private final String title;
    private final double width;
    private final double height;
    private final double labels;
    private final List<Line> lines = new ArrayList<>();

    /**
     * @param points value over the seeds, by epoch
     * @param css style class of the stroke
     * @param label label at the end of the line; empty for none
     * @param band whether the range over the seeds is shaded
     */
    record Line(TreeMap<Integer, Spread> points, String css, String label, boolean band) {}

    /** @param labels width of the space for labels at the right */
    LinePanel(String title, double width, double height, double labels) {
        this.title = title;
        this.width = width;
        this.height = height;
        this.labels = labels;
    }

    void add(Line line) {
        if (!line.points().isEmpty()) {
            lines.add(new Line(thinned(line.points()), line.css(), line.label(), line.band()));
        }
    }

    /** Leaves out points that would be closer than a pixel. */
    private static TreeMap<Integer, Spread> thinned(TreeMap<Integer, Spread> points) {
        int every = points.size() / MOST_POINTS + 1;
        var kept = new TreeMap<Integer, Spread>();
        int n = 0;
        for (var point : points.entrySet()) {
            if (n++ % every == 0 || point.getKey().equals(points.lastKey())) {
                kept.put(point.getKey(), point.getValue());
            }
        }
        return kept;
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** The chart with an axis from 0 to 100 %. */
    String percentSvg() {
        return svg(0, 1, v -> Math.round(v * 100) + (v > 0.99 ? " %" : ""), Double.NaN, "");
    }

    /** The chart with an axis over the range of the values, and a dotted line at the neutral value. */
    String svgAround(double neutral, String name) {
        double low = neutral;
        double high = neutral;
        for (Line line : lines) {
            for (Spread s : line.points().values()) {
                low = Math.min(low, s.mean());
                high = Math.max(high, s.mean());
            }
        }
        double room = Math.max((high - low) * 0.06, Math.abs(neutral) * 0.05 + 1e-6);
        return svg(Math.min(low, Math.max(0, low - room)), high + room, AxisScale::label, neutral, name);
    }

    private String svg(double low, double high, DoubleFunction<String> tickLabel, double neutral, String neutralName) {
        double right = width - labels;
        double bottom = height - 34;
        int first = lines.stream().mapToInt(l -> l.points().firstKey()).min().orElse(0);
        int last = lines.stream().mapToInt(l -> l.points().lastKey()).max().orElse(1);
        var x = new AxisScale(first, Math.max(last, first + 1), LEFT, right);
        var y = new AxisScale(low, high, bottom, TOP);
        var svg = new Svg(width, height, title);
        svg.text(0, 12, "start", "panel", title);
        for (double tick : y.ticks(5)) {
            svg.line(LEFT, y.at(tick), right, y.at(tick), "grid");
            svg.text(LEFT - 6, y.at(tick) + 4, "end", "tick", tickLabel.apply(tick));
        }
        for (double tick : x.wholeTicks(8)) {
            svg.line(x.at(tick), bottom, x.at(tick), bottom + 4, "axis");
            svg.text(x.at(tick), bottom + 17, "middle", "tick", String.valueOf(Math.round(tick)));
        }
        svg.text((LEFT + right) / 2, bottom + 31, "middle", "tick", "epoch");
        if (!Double.isNaN(neutral)) {
            svg.line(LEFT, y.at(neutral), right, y.at(neutral), "neutral");
        }
        for (Line line : lines) {
            if (line.band()) {
                svg.path(band(line, x, y), "band " + line.css(), "");
            }
        }
        for (Line line : lines) {
            draw(svg, line, x, y);
        }
        endLabels(svg, y, right, neutral, neutralName);
        svg.line(LEFT, bottom, right, bottom, "axis");
        return svg.toString();
    }

    private static void draw(Svg svg, Line line, AxisScale x, AxisScale y) {
        if (line.points().size() == 1) {
            var only = line.points().firstEntry();
            svg.circle(x.at(only.getKey()), y.at(only.getValue().mean()), 3, "dot " + line.css(), line.label());
            return;
        }
        var path = new StringBuilder();
        line.points()
                .forEach((epoch, s) -> path.append(path.isEmpty() ? "M" : "L")
                        .append(Svg.n(x.at(epoch)))
                        .append(' ')
                        .append(Svg.n(y.at(s.mean()))));
        svg.path(path.toString(), "line " + line.css(), line.label());
    }

    private static String band(Line line, AxisScale x, AxisScale y) {
        if (line.points().size() < 2 || line.points().values().stream().noneMatch(s -> s.count() > 1)) {
            return "";
        }
        var path = new StringBuilder();
        line.points()
                .forEach((epoch, s) -> path.append(path.isEmpty() ? "M" : "L")
                        .append(Svg.n(x.at(epoch)))
                        .append(' ')
                        .append(Svg.n(y.at(s.max()))));
        line.points()
                .descendingMap()
                .forEach((epoch, s) ->
                        path.append('L').append(Svg.n(x.at(epoch))).append(' ').append(Svg.n(y.at(s.min()))));
        return path.append('Z').toString();
    }

    private record EndLabel(String text, String css, double wanted) {}

    /** Draws labels at the ends of the lines; labels that would overlap are moved apart and keep their order. */
    private void endLabels(Svg svg, AxisScale y, double right, double neutral, String neutralName) {
        var ends = new ArrayList<EndLabel>();
        for (Line line : lines) {
            if (!line.label().isEmpty()) {
                double last = line.points().lastEntry().getValue().mean();
                ends.add(new EndLabel(line.label(), "end " + line.css(), y.at(last)));
            }
        }
        if (!Double.isNaN(neutral)) {
            ends.add(new EndLabel(neutralName, "tick", y.at(neutral)));
        }
        ends.sort(Comparator.comparingDouble(EndLabel::wanted));
        double[] at = movedApart(ends.stream().mapToDouble(EndLabel::wanted).toArray(), TOP, height - 30);
        for (int i = 0; i < at.length; i++) {
            svg.line(right + 2, ends.get(i).wanted(), right + 9, at[i], "leader");
            svg.text(
                    right + 12,
                    at[i] + 4,
                    "start",
                    ends.get(i).css(),
                    Html.shorten(ends.get(i).text(), LONGEST_LABEL));
        }
    }

    /** @param wanted positions in ascending order */
    static double[] movedApart(double[] wanted, double low, double high) {
        double[] at = wanted.clone();
        double floor = low;
        for (int i = 0; i < at.length; i++) {
            at[i] = Math.max(at[i], floor);
            floor = at[i] + LABEL_HEIGHT;
        }
        double ceiling = high;
        for (int i = at.length - 1; i >= 0; i--) {
            at[i] = Math.min(at[i], ceiling);
            ceiling = at[i] - LABEL_HEIGHT;
        }
        return at;
    }
}
