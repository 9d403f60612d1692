package dev.frl.report;

import dev.frl.core.experiment.ExperimentEvent.PointJudged;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.Part;
import dev.frl.report.chart.EpochCharts;
import dev.frl.report.chart.ErrorCharts;
import dev.frl.report.chart.FrontChart;
import dev.frl.report.chart.Html;
import dev.frl.report.chart.Palette;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.Disparity;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepPoints;
import dev.frl.report.statistics.SweepRun;
import dev.frl.report.table.ClassTable;
import dev.frl.report.table.ReportTables;
import dev.frl.report.table.SweepTable;
import dev.frl.report.text.Caveats;
import dev.frl.report.text.Headline;
import dev.frl.report.text.ReportText;
import dev.frl.report.text.SweepText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The report of an experiment as one self-contained HTML file without network access or scripts. The same runs give the same
 * bytes.
 */
public final class ExperimentReport {
    /** More series than this in one chart cannot be told apart; the table has all. */
    private static final int MOST_SERIES = 7;

    /** A front of fewer points shows nothing. */
    private static final int LEAST_POINTS = 3;

    private final Comparison comparison;
    private final Collection<SweepHistory> experiments;
    private final Palette palette;
    private final StringBuilder out = new StringBuilder();

    private ExperimentReport(Comparison comparison, Collection<SweepHistory> experiments) {
        this.comparison = comparison;
        this.experiments = experiments;
        this.palette = new Palette(comparison.arms());
    }

    /**
     * @param runs of one experiment or several, warm start runs included, in any order. Runs on different classes are shown one
     *     after the other.
     */
    public static String html(List<RunHistory> runs) {
        return html(runs, List.of());
    }

    /** @param experiments what the experiments decided, for their constraints and pruned points; those of other runs are left out */
    public static String html(List<RunHistory> runs, Collection<SweepHistory> experiments) {
        String title = runs.isEmpty() ? "No runs" : experiments(runs);
        var page = new StringBuilder();
        page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<meta name=\"color-scheme\" content=\"light dark\">\n<title>")
                .append(Html.escape(title + " – Fair Robust Learning"))
                .append("</title>\n<style>\n")
                .append(style())
                .append("</style></head>\n<body><main>\n<h1>")
                .append(Html.escape(title))
                .append("</h1>\n");
        for (Comparison comparison : Comparison.byClasses(runs)) {
            var report = new ExperimentReport(comparison, experiments);
            report.sections();
            page.append(report.out);
        }
        return page.append("</main></body></html>\n").toString();
    }

    private static String experiments(List<RunHistory> runs) {
        return runs.stream().map(r -> r.plan().experiment()).distinct().sorted().collect(Collectors.joining(", "));
    }

    private static String style() {
        try (InputStream css = ExperimentReport.class.getResourceAsStream("report.css")) {
            if (css == null) {
                throw new IllegalStateException("report.css is missing from the class path");
            }
            return new String(css.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sections() {
        out.append("<p class=\"lead\">")
                .append(Html.escape(ReportText.whatWasRun(comparison)))
                .append("</p>\n");
        Headline headline = Headline.of(comparison);
        boolean found = headline.lines().stream().anyMatch(l -> l.change().isPresent());
        var disparities = Disparity.of(comparison);
        out.append(String.format(
                        Locale.ROOT, "<p class=\"finding%s\">", found || !disparities.isEmpty() ? "" : " open"))
                .append(Html.escape(headline.sentence()))
                .append("</p>\n");
        notes();
        if (found) {
            ReportTables.changes(out, headline, palette);
        }
        disparity(disparities);
        classErrors();
        overEpochs();
        treatments();
        sweeps();
        if (!comparison.classNames().isEmpty()) {
            heading(
                    "Class by class",
                    "Errors in %, means over seeds; the tooltip of a number shows the range over seeds."
                            + " Robust error = standard error + boundary error. “Worst” is the mean of each seed's own worst"
                            + " class, “deviation” the standard deviation over classes. The largest class error of each column"
                            + " is underlined.");
            ReportTables.classes(out, ClassTable.of(comparison), this::css);
        }
        heading("Runs", "Errors in % on test images.");
        ReportTables.runs(out, comparison);
        heading("Settings", "");
        ReportTables.details(out, comparison);
    }

    private String css(String columnLabel) {
        for (Arm arm : comparison.arms()) {
            if (columnLabel.equals(arm.label()) || columnLabel.equals(ClassTable.bestLabel(arm))) {
                return palette.of(arm);
            }
        }
        return Palette.BEFORE;
    }

    private void heading(String title, String caption) {
        out.append("<h2>").append(Html.escape(title)).append("</h2>\n");
        if (!caption.isEmpty()) {
            out.append("<p class=\"caption\">").append(Html.escape(caption)).append("</p>\n");
        }
    }

    private void notes() {
        List<String> notes = Caveats.of(comparison);
        if (notes.isEmpty()) {
            return;
        }
        out.append("<ul class=\"notes\">\n");
        notes.forEach(n -> out.append("<li>").append(Html.escape(n)).append("</li>\n"));
        out.append("</ul>\n");
    }

    private List<Arm> drawn() {
        return comparison.arms().stream().limit(MOST_SERIES).toList();
    }

    /** A chart of the standard errors alone: beside robust errors near 1 they would be too small to read. */
    private void disparity(List<Disparity> disparities) {
        if (disparities.isEmpty()) {
            return;
        }
        var series = new ArrayList<ErrorCharts.Series>();
        for (Disparity d : disparities) {
            var natural = new ErrorCharts.Series(d.natural().label(), palette.of(d.natural()), d.before());
            if (!series.contains(natural)) {
                series.add(natural);
            }
            series.add(new ErrorCharts.Series(d.adversarial().label(), palette.of(d.adversarial()), d.after()));
        }
        var charts = ErrorCharts.ofStandardErrors(comparison.classNames(), series);
        heading(
                "Standard error of every class after natural and after adversarial training",
                "Errors without attack, hardest class first." + rangeCaption(charts, series, "standard"));
        key(series);
        out.append("</ul>\n<figure style=\"margin:0\">").append(charts.svg()).append("</figure>\n");
        ReportTables.spreads(out, series);
    }

    /** The points of each experiment that has several. */
    private void sweeps() {
        Map<String, List<SweepRun>> runs = new LinkedHashMap<>();
        comparison
                .arms()
                .forEach(arm -> arm.runs()
                        .forEach(run -> runs.computeIfAbsent(run.plan().experimentId(), id -> new ArrayList<>())
                                .add(SweepRun.of(run))));
        runs.forEach((id, of) -> {
            var points = SweepPoints.of(of);
            if (points.all().size() > 1) {
                sweep(points, history(id), runs.size() > 1 ? "Sweep of " + id : "Sweep");
            }
        });
    }

    private @Nullable SweepHistory history(String experimentId) {
        return experiments.stream()
                .filter(e -> e.experimentId().equals(experimentId))
                .findFirst()
                .orElse(null);
    }

    private void sweep(SweepPoints points, @Nullable SweepHistory history, String title) {
        var constraints =
                history == null ? Constraints.NONE : history.settings().constraints();
        String floors = SweepText.constraints(constraints);
        heading(
                title,
                String.format(
                                        Locale.ROOT,
                                        "%s Means over seeds on validation images, with the 95 %% interval of the mean (Student's t) where there are two seeds.",
                                        history == null ? "" : "Search: " + history.search() + ".")
                                .strip()
                        + (floors.isEmpty() ? "" : " Constraints: " + floors + ".")
                        + (comparison.arms().stream().anyMatch(ExperimentReport::evaluatesRawButEndsAveraged)
                                ? " Validation evaluates the weights of the last epoch, and the test their average, so that the best"
                                        + " point here may not be the best one in the test."
                                : ""));
        out.append("<p>")
                .append(Html.escape(SweepText.best(points, constraints)))
                .append("</p>\n");
        var best = points.best(constraints).map(List::of).orElse(List.of());
        var front = points.front();
        var finished = points.all().stream().filter(SweepPoint::isFinished).toList();
        if (finished.size() >= LEAST_POINTS) {
            out.append("<ul class=\"key\">");
            if (!best.isEmpty()) {
                keyEntry("p0", "best point");
            }
            keyEntry("p1", "Pareto front: no other point is better in the worst class and on average");
            keyEntry("k2", "other points");
            out.append("</ul>\n<figure style=\"margin:0\">")
                    .append(FrontChart.svg(finished, front, best))
                    .append("</figure>\n");
        }
        var rows = new ArrayList<>(points.all());
        rows.sort(Comparator.comparing((SweepPoint p) -> !p.isFinished())
                .thenComparing(p -> -p.epoch() * (p.isFinished() ? 0 : 1))
                .thenComparing(p -> Double.isNaN(p.worstRobust().mean())
                        ? 1
                        : -p.worstRobust().mean()));
        var pruned = history == null
                ? Set.<Map<String, String>>of()
                : history.pruned().values().stream().map(PointJudged::variant).collect(Collectors.toSet());
        SweepTable.write(
                out,
                rows,
                p -> best.contains(p) ? "best" : front.contains(p) ? "front" : "",
                p -> SweepText.state(p, pruned.contains(p.variant())));
    }

    private void classErrors() {
        var series = new ArrayList<ErrorCharts.Series>();
        var images = new LinkedHashSet<String>();
        for (var before : comparison.before()) {
            if (series.isEmpty()) {
                series.add(new ErrorCharts.Series(
                        before.label() + " (" + before.what() + ")", Palette.BEFORE, before.outcome()));
            }
        }
        for (Arm arm : drawn()) {
            Outcome after = arm.after();
            if (after != null) {
                series.add(new ErrorCharts.Series(arm.label(), palette.of(arm), after));
                images.add(after.part() == Part.TEST ? "test images" : "validation images (runs without a test)");
            }
        }
        if (series.isEmpty()) {
            return;
        }
        boolean study = !Disparity.of(comparison).isEmpty();
        // After natural training the robust errors of all classes are nearly equal and give no useful order.
        var charts = new ErrorCharts(comparison.classNames(), series, series.get(study ? series.size() - 1 : 0));
        heading(
                comparison.before().isEmpty()
                        ? "Standard and robust error of every class"
                        : "Errors of every class, before and after training",
                "On " + String.join(" and ", images)
                        + ", hardest class first. “Worst” is the mean of each seed's own worst class."
                        + rangeCaption(charts, series, "robust"));
        key(series);
        if (charts.isBars()) {
            keyEntry("dark", "dark part: standard error");
            keyEntry("light", "light part: boundary error (whole bar: robust error)");
        }
        out.append("</ul>\n<figure style=\"margin:0\">").append(charts.svg()).append("</figure>\n");
        if (comparison.arms().size() > MOST_SERIES) {
            out.append(String.format(
                    Locale.ROOT,
                    "<p class=\"caption\">The chart shows the first %d of %d arms; the table below has all.</p>\n",
                    MOST_SERIES,
                    comparison.arms().size()));
        }
    }

    private static String rangeCaption(ErrorCharts charts, List<ErrorCharts.Series> series, String kind) {
        if (series.stream().allMatch(s -> s.outcome().runs().size() == 1)) {
            return "";
        }
        return charts.isBars()
                ? String.format(Locale.ROOT, " Vertical lines: range of the %s error over seeds.", kind)
                : " Shaded: range over seeds.";
    }

    /** Starts the list of keys; more entries may follow. */
    private void key(List<ErrorCharts.Series> series) {
        out.append("<ul class=\"key\">");
        series.forEach(s -> keyEntry(s.css(), s.label()));
    }

    private void keyEntry(String css, String label) {
        out.append(String.format(Locale.ROOT, "<li><span class=\"swatch %s\"></span>%s</li>", css, Html.escape(label)));
    }

    private void overEpochs() {
        List<String> pictures = new EpochCharts(comparison, palette).errors(drawn());
        if (pictures.isEmpty()) {
            return;
        }
        heading(
                "Errors over the epochs",
                "On validation images; epoch 0 is the start. Lines are means over seeds, bands their range. The worst"
                        + " class may change from epoch to epoch."
                        + (drawn().stream().anyMatch(ExperimentReport::evaluatesRawButEndsAveraged)
                                ? " Each epoch evaluates its own weights; the final test evaluates the averaged weights, which"
                                        + " vary less."
                                : ""));
        out.append("<ul class=\"key\">");
        keyEntry("thickline", "worst class");
        keyEntry("dashline", "average");
        drawn().forEach(arm -> keyEntry(palette.of(arm), arm.label()));
        out.append("</ul>\n");
        row("row", pictures);
    }

    /** Whether validation, and so lines and points of a sweep, shows other weights than the test. */
    private static boolean evaluatesRawButEndsAveraged(Arm arm) {
        var averaging = arm.first().plan().settings().training().averaging();
        return averaging != null && averaging.evaluated() == Evaluated.RAW;
    }

    private void treatments() {
        var charts = new EpochCharts(comparison, palette);
        boolean first = true;
        for (Arm arm : drawn()) {
            List<String> pictures = charts.treatment(arm);
            if (!pictures.isEmpty()) {
                if (first) {
                    heading(
                            "Class weights and margins",
                            "By the epoch that was trained with them; one line per class, means over seeds."
                                    + " The classes with the largest weights and margins are in colour.");
                    first = false;
                }
                out.append("<h3>").append(Html.escape(arm.label())).append("</h3>\n");
                row("row three", pictures);
            }
        }
    }

    private void row(String css, List<String> pictures) {
        out.append(String.format(Locale.ROOT, "<div class=\"%s\">\n", css));
        pictures.forEach(
                p -> out.append("<figure style=\"margin:0\">").append(p).append("</figure>\n"));
        out.append("</div>\n");
    }
}
