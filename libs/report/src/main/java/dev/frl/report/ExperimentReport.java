package dev.frl.report;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.Part;
import dev.frl.report.chart.EpochCharts;
import dev.frl.report.chart.ErrorCharts;
import dev.frl.report.chart.Html;
import dev.frl.report.chart.Palette;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.Disparity;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.table.ClassTable;
import dev.frl.report.table.ReportTables;
import dev.frl.report.text.Caveats;
import dev.frl.report.text.Headline;
import dev.frl.report.text.ReportText;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The report of an experiment as one HTML file that needs nothing else: no network, no script. The same runs give the same
 * bytes.
 */
public final class ExperimentReport {
    /** More series than this in one picture cannot be told apart; the table has all. */
    private static final int MOST_SERIES = 7;

    private final Comparison comparison;
    private final Palette palette;
    private final StringBuilder out = new StringBuilder();

    private ExperimentReport(Comparison comparison) {
        this.comparison = comparison;
        this.palette = new Palette(comparison.arms());
    }

    /**
     * @param runs of one experiment or several, warm start runs included, in any order. Runs on different classes are shown one
     *     after the other.
     */
    public static String html(List<RunHistory> runs) {
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
            var report = new ExperimentReport(comparison);
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
        out.append("<p class=\"finding%s\">".formatted(found || !disparities.isEmpty() ? "" : " open"))
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
        if (!comparison.classNames().isEmpty()) {
            heading(
                    "Class by class",
                    "Errors in %, means over seeds; the range over seeds is in each number's hint."
                            + " Robust = standard + boundary. “Worst” is the mean of each seed's own worst class; the largest of a"
                            + " column is underlined.");
            ReportTables.classes(out, ClassTable.of(comparison), this::css);
        }
        heading("Runs", "");
        ReportTables.runs(out, comparison);
        heading("What exactly was run", "");
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

    /** The standard errors apart: beside robust errors near 1 they would be small. */
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
                "Standard error of every class, natural against adversarial training",
                "Without any attack, hardest class first." + rangeCaption(charts, series, "standard"));
        key(series);
        out.append("</ul>\n<figure style=\"margin:0\">").append(charts.svg()).append("</figure>\n");
        ReportTables.spreads(out, series);
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
                images.add(after.part() == Part.TEST ? "test images" : "validation images so far");
            }
        }
        if (series.isEmpty()) {
            return;
        }
        boolean study = !Disparity.of(comparison).isEmpty();
        // Natural training's robust errors are all alike, and order nothing.
        var charts = new ErrorCharts(comparison.classNames(), series, series.get(study ? series.size() - 1 : 0));
        heading(
                comparison.before().isEmpty()
                        ? "Standard and robust error of every class"
                        : "Errors of every class, before and after",
                "On " + String.join(" and ", images)
                        + ", hardest class first; “worst” is the mean of each seed's own worst class."
                        + rangeCaption(charts, series, "robust"));
        key(series);
        if (charts.isBars()) {
            keyEntry("dark", "dark part: standard error");
            keyEntry("light", "light part: boundary error; whole bar: robust error");
        }
        out.append("</ul>\n<figure style=\"margin:0\">").append(charts.svg()).append("</figure>\n");
        if (comparison.arms().size() > MOST_SERIES) {
            out.append("<p class=\"caption\">The first %d of %d arms; the table below has all.</p>\n"
                    .formatted(MOST_SERIES, comparison.arms().size()));
        }
    }

    private static String rangeCaption(ErrorCharts charts, List<ErrorCharts.Series> series, String kind) {
        if (series.stream().allMatch(s -> s.outcome().runs().size() == 1)) {
            return "";
        }
        return charts.isBars()
                ? " Lines on the bars span the seeds' %s errors.".formatted(kind)
                : " Shaded: the range over seeds.";
    }

    /** Begins the list; more may follow. */
    private void key(List<ErrorCharts.Series> series) {
        out.append("<ul class=\"key\">");
        series.forEach(s -> keyEntry(s.css(), s.label()));
    }

    private void keyEntry(String css, String label) {
        out.append("<li><span class=\"swatch %s\"></span>%s</li>".formatted(css, Html.escape(label)));
    }

    private void overEpochs() {
        List<String> pictures = new EpochCharts(comparison, palette).errors(drawn());
        if (pictures.isEmpty()) {
            return;
        }
        heading(
                "Over the epochs",
                "On validation images; epoch 0 is what the run began from. Means over seeds, the band is their"
                        + " range. The worst class is each epoch's own."
                        + (drawn().stream().anyMatch(ExperimentReport::evaluatesRawButEndsAveraged)
                                ? " Each epoch's own weights; the end is evaluated by their average, which swings less."
                                : ""));
        out.append("<ul class=\"key\">");
        keyEntry("thickline", "worst class");
        keyEntry("dashline", "average");
        drawn().forEach(arm -> keyEntry(palette.of(arm), arm.label()));
        out.append("</ul>\n");
        row("row", pictures);
    }

    /** Then these lines do not end where the bars above stand. */
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
                            "How each class was treated",
                            "By the epoch that was trained so; one line a class, means over seeds."
                                    + " In colour the classes that were treated most unlike the others.");
                    first = false;
                }
                out.append("<h3>").append(Html.escape(arm.label())).append("</h3>\n");
                row("row three", pictures);
            }
        }
    }

    private void row(String css, List<String> pictures) {
        out.append("<div class=\"%s\">\n".formatted(css));
        pictures.forEach(
                p -> out.append("<figure style=\"margin:0\">").append(p).append("</figure>\n"));
        out.append("</div>\n");
    }
}
