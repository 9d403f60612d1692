package dev.frl.report.chart;

import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Points;
import dev.frl.report.statistics.Spread;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Errors of every class, one mark per series: bars if they fit, otherwise dots in rows. */
public final class ErrorCharts {
    private static final double WIDTH = 1040;
    private static final double LEFT = 46;
    private static final double NARROWEST_BAR = 5;
    private static final double WIDEST_BAR = 24;

    private final List<String> names;
    private final List<Series> series;
    private final List<Integer> order;
    private final ErrorKind whole;
    private final double top;

    /** Errors that are drawn in one colour. */
    public record Series(String label, String css, Outcome outcome) {}

    /**
     * Standard and robust errors in one chart.
     *
     * @param names names of the classes
     * @param series at least one
     * @param ordering series that orders the classes: hardest first
     */
    public ErrorCharts(List<String> names, List<Series> series, Series ordering) {
        this(names, series, ErrorKind.ROBUST, ordering, 1);
    }

    private ErrorCharts(List<String> names, List<Series> series, ErrorKind whole, Series ordering, double top) {
        this.names = names;
        this.series = series;
        this.whole = whole;
        this.top = top;
        this.order = IntStream.range(0, names.size())
                .boxed()
                .sorted(Comparator.<Integer>comparingDouble(i ->
                                -orZero(ordering.outcome().ofClass(whole, i).mean()))
                        .thenComparingInt(i -> i))
                .toList();
    }

    /** Standard errors alone, scaled to the chart; the last series orders the classes. */
    public static ErrorCharts ofStandardErrors(List<String> names, List<Series> series) {
        double most = series.stream()
                .mapToDouble(s -> orZero(s.outcome().worst(ErrorKind.STANDARD).max()))
                .max()
                .orElse(1);
        double top = Math.min(1, Math.max(0.1, Math.ceil(most * 10) / 10));
        return new ErrorCharts(names, series, ErrorKind.STANDARD, series.get(series.size() - 1), top);
    }

    private static double orZero(double v) {
        return Double.isNaN(v) ? 0 : v;
    }

    public String svg() {
        return groupWidth() * 0.84 / series.size() >= NARROWEST_BAR ? bars() : dots();
    }

    /** Whether the chart has bars. */
    public boolean isBars() {
        return groupWidth() * 0.84 / series.size() >= NARROWEST_BAR;
    }

    private double groupWidth() {
        double most = series.size() * WIDEST_BAR + 36;
        return Math.min(Math.max(most, 90), (WIDTH - LEFT) / (names.size() + 2.4));
    }

    /** A class, or a summary of all classes. */
    private record Group(String name, BiFunction<Outcome, ErrorKind, Spread> spread) {}

    private List<Group> groups() {
        var groups = new ArrayList<Group>();
        order.forEach(i -> groups.add(new Group(names.get(i), (o, kind) -> o.ofClass(kind, i))));
        groups.add(new Group("average", Outcome::average));
        groups.add(new Group("worst", Outcome::worst));
        return groups;
    }

    private String bars() {
        List<Group> groups = groups();
        double group = groupWidth();
        int longest = groups.stream().mapToInt(g -> g.name().length()).max().orElse(0);
        boolean slanted = longest * 6.6 > group - 4;
        double bottom = 250;
        double height = bottom + (slanted ? 24 + Math.min(longest, 18) * 4.6 : 26);
        double width = LEFT + group * (groups.size() + 0.4);
        String title = whole == ErrorKind.ROBUST ? "Standard and robust error" : "Standard error";
        var svg = new Svg(width, height, title + " of each class");
        var y = new AxisScale(0, top, bottom, 12);
        percentGrid(svg, y, LEFT, width);
        for (int g = 0; g < groups.size(); g++) {
            boolean summary = g >= names.size();
            double x = LEFT + group * (g + (summary ? 0.4 : 0));
            if (g == names.size()) {
                svg.line(x - group * 0.2, 12, x - group * 0.2, bottom + 20, "divider");
            }
            barGroup(svg, groups.get(g), x, group, y);
            String name = Html.shorten(groups.get(g).name(), 18);
            String css = summary ? "name strong" : "name";
            if (slanted) {
                svg.slantedText(x + group / 2 + 4, bottom + 14, css, name);
            } else {
                svg.text(x + group / 2, bottom + 17, "middle", css, name);
            }
        }
        svg.line(LEFT, bottom, width, bottom, "axis");
        return svg.toString();
    }

    private void barGroup(Svg svg, Group group, double x, double groupWidth, AxisScale y) {
        double bar = Math.min(WIDEST_BAR, groupWidth * 0.84 / series.size());
        double left = x + (groupWidth - bar * series.size()) / 2;
        for (int s = 0; s < series.size(); s++) {
            Spread robust = group.spread().apply(series.get(s).outcome(), ErrorKind.ROBUST);
            Spread standard = group.spread().apply(series.get(s).outcome(), ErrorKind.STANDARD);
            Spread highest = whole == ErrorKind.ROBUST ? robust : standard;
            if (highest.count() == 0) {
                continue;
            }
            String css = series.get(s).css();
            String hint = String.format(
                    Locale.ROOT,
                    "%s, %s: standard %s, robust %s",
                    group.name(),
                    series.get(s).label(),
                    Points.percent(standard.mean()),
                    Points.percent(robust.mean()));
            double at = left + s * bar;
            double inner = Math.max(bar - Math.max(1, bar * 0.12), 1);
            if (whole == ErrorKind.ROBUST) {
                svg.rect(at, y.at(robust.mean()), inner, y.at(0) - y.at(robust.mean()), "bar light " + css, hint);
            }
            svg.rect(at, y.at(standard.mean()), inner, y.at(0) - y.at(standard.mean()), "bar " + css, hint);
            if (highest.count() > 1) {
                double middle = at + inner / 2;
                svg.line(middle, y.at(highest.min()), middle, y.at(highest.max()), "whisker");
            }
        }
    }

    private static void percentGrid(Svg svg, AxisScale y, double left, double right) {
        for (double tick : y.ticks(5)) {
            boolean last = tick > y.high() - 0.001;
            svg.line(left, y.at(tick), right, y.at(tick), "grid");
            svg.text(left - 6, y.at(tick) + 4, "end", "tick", Math.round(tick * 100) + (last ? " %" : ""));
        }
    }

    private String dots() {
        List<Group> groups = groups();
        double row = series.size() > 6 ? 18 : 15;
        double name = 130;
        double panel = (WIDTH - name - 40) / 2;
        double top = 34;
        double height = top + (groups.size() + 1) * row + 24;
        var svg = new Svg(WIDTH, height, "Robust and standard error of each class");
        dotPanel(svg, groups, ErrorKind.ROBUST, new AxisScale(0, 1, name, name + panel), top, row);
        dotPanel(svg, groups, ErrorKind.STANDARD, new AxisScale(0, 1, name + panel + 40, WIDTH - 12), top, row);
        for (int g = 0; g < groups.size(); g++) {
            String css = g >= names.size() ? "name strong" : "name";
            svg.text(
                    name - 10,
                    rowAt(g, top, row) + 4,
                    "end",
                    css,
                    Html.shorten(groups.get(g).name(), 20));
        }
        return svg.toString();
    }

    private double rowAt(int group, double top, double row) {
        return top + row * (group + (group >= names.size() ? 1.5 : 0.5));
    }

    private void dotPanel(Svg svg, List<Group> groups, ErrorKind kind, AxisScale x, double top, double row) {
        double bottom = rowAt(groups.size() - 1, top, row) + row / 2;
        svg.text(x.from(), 12, "start", "panel", kind.label() + " error");
        for (double tick = 0; tick <= 1.001; tick += 0.2) {
            svg.line(x.at(tick), top, x.at(tick), bottom, "grid");
            svg.text(x.at(tick), top - 6, "middle", "tick", Math.round(tick * 100) + (tick > 0.99 ? " %" : ""));
            svg.text(x.at(tick), bottom + 14, "middle", "tick", Math.round(tick * 100) + (tick > 0.99 ? " %" : ""));
        }
        for (int g = 0; g < groups.size(); g++) {
            double y = rowAt(g, top, row);
            svg.line(x.from(), y, x.to(), y, "row");
            for (Series s : series) {
                Spread spread = groups.get(g).spread().apply(s.outcome(), kind);
                if (spread.count() > 0) {
                    String hint = groups.get(g).name() + ", " + s.label() + ": " + Points.percent(spread.mean());
                    svg.line(x.at(spread.min()), y, x.at(spread.max()), y, "range " + s.css());
                    svg.circle(x.at(spread.mean()), y, 4, "dot " + s.css(), hint);
                }
            }
        }
    }
}
