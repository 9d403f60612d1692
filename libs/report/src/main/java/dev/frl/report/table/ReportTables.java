package dev.frl.report.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.frl.core.HumanTime;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunInput.EpochTrained;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.Part;
import dev.frl.report.chart.ErrorCharts;
import dev.frl.report.chart.Html;
import dev.frl.report.chart.Palette;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Points;
import dev.frl.report.statistics.Spread;
import dev.frl.report.table.ClassTable.ClassColumn;
import dev.frl.report.table.ClassTable.ClassValue;
import dev.frl.report.table.ClassTable.Row;
import dev.frl.report.text.Headline;
import dev.frl.report.text.ReportText;
import dev.frl.report.text.RunNames;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/** The tables of the report, as HTML. */
public final class ReportTables {
    /** Columns of three numbers that fit side by side on a printed page. */
    private static final int COLUMNS = 5;

    private static final List<ErrorKind> KINDS = List.of(ErrorKind.STANDARD, ErrorKind.BOUNDARY, ErrorKind.ROBUST);

    private ReportTables() {}

    /** Difference of each policy from its control. */
    public static void changes(StringBuilder out, Headline headline, Palette palette) {
        out.append(
                        "<div class=\"scroll\"><table><thead><tr><th class=\"text\">difference from policy none, points</th>")
                .append("<th>seeds</th><th>robust error,<br>worst class</th><th>robust error,<br>average</th>")
                .append(
                        "<th>standard error,<br>worst class</th><th>standard error,<br>average</th></tr></thead><tbody>\n");
        for (Headline.Line line : headline.lines()) {
            if (!line.change().isPresent()) {
                continue;
            }
            Change c = line.change();
            out.append(String.format(
                    Locale.ROOT,
                    "<tr><th><span class=\"swatch %s\" style=\"display:inline-block\"></span> %s</th><td>%d</td>",
                    palette.of(line.arm()),
                    Html.escape(line.arm().label()),
                    c.pairs().size()));
            for (Spread s : List.of(
                    c.worst(ErrorKind.ROBUST),
                    c.average(ErrorKind.ROBUST),
                    c.worst(ErrorKind.STANDARD),
                    c.average(ErrorKind.STANDARD))) {
                out.append(String.format(Locale.ROOT, "<td>%s%s</td>", signed(s.mean()), range(s, Points::signed)));
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div>\n");
    }

    private static String range(Spread s, DoubleFunction<String> points) {
        return s.count() < 2
                ? ""
                : String.format(
                        Locale.ROOT,
                        " <span class=\"caption\">(%s … %s)</span>",
                        points.apply(s.min()),
                        points.apply(s.max()));
    }

    private static String signed(double change) {
        String css = Math.abs(change) < 0.0005 ? "" : change < 0 ? "better" : "worse";
        return String.format(Locale.ROOT, "<span class=\"%s\">%s</span>", css, Points.signed(change));
    }

    /** Spread of the class errors of each series. */
    public static void spreads(StringBuilder out, List<ErrorCharts.Series> all) {
        out.append("<div class=\"scroll\"><table><thead><tr><th class=\"text\">errors in %</th>")
                .append(
                        "<th>standard error,<br>average</th><th>standard error,<br>worst class</th><th>worst − best, points</th>")
                .append(
                        "<th>standard deviation over classes</th><th>robust error,<br>average</th></tr></thead><tbody>\n");
        for (var series : all) {
            Outcome o = series.outcome();
            out.append(String.format(
                    Locale.ROOT,
                    "<tr><th><span class=\"swatch %s\" style=\"display:inline-block\"></span> %s</th>",
                    series.css(),
                    Html.escape(series.label())));
            for (Spread s : List.of(
                    o.average(ErrorKind.STANDARD),
                    o.worst(ErrorKind.STANDARD),
                    o.gap(ErrorKind.STANDARD),
                    o.deviation(ErrorKind.STANDARD),
                    o.average(ErrorKind.ROBUST))) {
                out.append(String.format(Locale.ROOT, "<td>%s%s</td>", Points.of(s.mean()), range(s, Points::of)));
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div>\n");
    }

    /** All columns, in as many tables as needed to fit a page. */
    public static void classes(StringBuilder out, ClassTable table, Function<String, String> cssOfColumn) {
        int columns = table.columns().size();
        int parts = Math.max(1, (columns + COLUMNS - 1) / COLUMNS);
        for (int part = 0; part < parts; part++) {
            int from = part * columns / parts;
            int to = (part + 1) * columns / parts;
            if (from < to) {
                classes(out, table, from, to, cssOfColumn);
            }
        }
    }

    private static void classes(
            StringBuilder out, ClassTable table, int from, int to, Function<String, String> cssOfColumn) {
        out.append("<div class=\"scroll\"><table class=\"classes\"><thead><tr><th></th>");
        for (ClassColumn c : table.columns().subList(from, to)) {
            out.append(String.format(
                    Locale.ROOT,
                    "<th class=\"group first %s\" colspan=\"3\">%s</th>",
                    cssOfColumn.apply(c.label()),
                    Html.escape(c.label() + suffix(c))));
        }
        out.append("</tr><tr class=\"kinds\"><th class=\"text\">class</th>");
        for (int i = from; i < to; i++) {
            out.append("<th class=\"first\">standard</th><th>boundary</th><th>robust</th>");
        }
        out.append("</tr></thead><tbody>\n");
        table.rows().forEach(row -> levels(out, table, row, from, to, ""));
        table.summaries().forEach(row -> levels(out, table, row, from, to, "summary"));
        if (table.columns().subList(from, to).stream().anyMatch(c -> c.comparedSeeds() > 0)) {
            changes(out, table.average(), from, to);
            changes(out, table.worst(), from, to);
        }
        out.append("</tbody></table></div>\n");
    }

    private static String suffix(ClassColumn c) {
        if (c.provisional()) {
            return " (no test, validation images)";
        }
        return c.measuredOn() == Part.VALIDATION ? " (validation images)" : "";
    }

    private static void levels(StringBuilder out, ClassTable table, Row row, int from, int to, String css) {
        String name = row.label() == null ? row.name() : row.label() + " " + row.name();
        out.append(
                String.format(Locale.ROOT, "<tr class=\"%s\"><th>%s</th>", css, Html.escape(Html.shorten(name, 28))));
        for (int c = from; c < to; c++) {
            for (ErrorKind kind : KINDS) {
                ClassValue v = row.cells().get(c).of(kind);
                out.append(level(v, kind, isMost(table, row, c, kind)));
            }
        }
        out.append("</tr>\n");
    }

    private static boolean isMost(ClassTable table, Row row, int column, ErrorKind kind) {
        Double own = row.cells().get(column).of(kind).mean();
        return row.label() != null
                && own != null
                && table.rows().stream()
                        .map(r -> r.cells().get(column).of(kind).mean())
                        .noneMatch(other -> other != null && other > own);
    }

    private static String level(ClassValue v, ErrorKind kind, boolean most) {
        Double mean = v.mean();
        if (mean == null || v.min() == null || v.max() == null) {
            return String.format(Locale.ROOT, "<td class=\"%s\">–</td>", kind == ErrorKind.STANDARD ? "first" : "");
        }
        String css = (kind == ErrorKind.STANDARD ? "first " : kind == ErrorKind.ROBUST ? "heat " : "")
                + (most ? "most" : "");
        String heat = kind == ErrorKind.ROBUST ? String.format(Locale.ROOT, " style=\"--v:%.2f\"", mean) : "";
        return String.format(
                Locale.ROOT,
                "<td class=\"%s\"%s title=\"%s to %s\">%s</td>",
                css.strip(),
                heat,
                Points.of(v.min()),
                Points.of(v.max()),
                Points.of(mean));
    }

    private static void changes(StringBuilder out, Row row, int from, int to) {
        out.append(String.format(Locale.ROOT, "<tr class=\"change\"><th>%s vs none</th>", Html.escape(row.name())));
        for (int c = from; c < to; c++) {
            for (ErrorKind kind : KINDS) {
                Double change = row.cells().get(c).of(kind).change();
                String css = kind == ErrorKind.STANDARD ? "first" : "";
                out.append(String.format(
                        Locale.ROOT, "<td class=\"%s\">%s</td>", css, change == null ? "" : signed(change)));
            }
        }
        out.append("</tr>\n");
    }

    /** One line per run. */
    public static void runs(StringBuilder out, Comparison comparison) {
        out.append("<div class=\"scroll\"><table><thead><tr><th class=\"text\">run</th><th class=\"text\">state</th>")
                .append("<th>epochs</th><th>best epoch</th>")
                .append("<th>robust error,<br>average</th><th>robust error,<br>worst class</th>")
                .append("<th>standard error,<br>average</th><th>standard error,<br>worst class</th>")
                .append("<th>training time</th><th>total time</th></tr></thead><tbody>\n");
        for (RunHistory run : comparison.warmStarts()) {
            run(out, RunNames.warmStart(run.plan()), run);
        }
        for (Arm arm : comparison.arms()) {
            for (RunHistory run : arm.runs()) {
                run(out, RunNames.of(arm, run), run);
            }
        }
        out.append("</tbody></table></div>\n");
    }

    private static void run(StringBuilder out, String name, RunHistory run) {
        int trained = run.trained().keySet().stream().mapToInt(e -> e).max().orElse(0);
        int best = -1;
        for (var evaluated : run.evaluated().values()) {
            best = evaluated.bestEpoch();
        }
        Duration training =
                run.trained().values().stream().map(EpochTrained::duration).reduce(Duration.ZERO, Duration::plus);
        out.append(String.format(
                Locale.ROOT,
                "<tr><th>%s</th><td class=\"text wrap\">%s</td><td>%d of %d</td><td>%s</td>",
                Html.escape(name),
                Html.escape(state(run)),
                trained,
                run.plan().settings().training().epochs(),
                best < 0 ? "–" : String.valueOf(best)));
        var test = run.testEvent(Selection.LAST).map(TestEvaluated::errors);
        for (ErrorKind kind : List.of(ErrorKind.ROBUST, ErrorKind.STANDARD)) {
            out.append(String.format(
                    Locale.ROOT,
                    "<td>%s</td><td>%s</td>",
                    Points.of(test.map(kind::average).orElse(Double.NaN)),
                    Points.of(test.map(e -> kind.of(e).max()).orElse(Double.NaN))));
        }
        out.append(String.format(
                Locale.ROOT,
                "<td>%s</td><td>%s</td></tr>\n",
                ReportText.duration(training),
                run.end()
                        .map(e -> ReportText.duration(
                                Duration.between(run.events().get(0).at(), e.at())))
                        .orElse("–")));
    }

    private static String state(RunHistory run) {
        RunEvent end = run.end().orElse(null);
        if (end == null) {
            return "not finished";
        } else if (end instanceof Failed f) {
            return "failed: " + HumanTime.in(f.reason());
        } else if (end instanceof Stopped s) {
            return "stopped: " + HumanTime.in(s.reason());
        } else if (end instanceof Finished) {
            return "finished";
        }
        throw new IllegalArgumentException("no state of a run that ends with " + end);
    }

    /** Engine, hosts, ids, and the resolved settings. */
    public static void details(StringBuilder out, Comparison comparison) {
        var runs = new ArrayList<RunHistory>(comparison.warmStarts());
        comparison.arms().forEach(a -> runs.addAll(a.runs()));
        if (runs.isEmpty()) {
            return;
        }
        Stream<EpochTrained> trained = runs.stream().flatMap(r -> r.trained().values().stream());
        var epochs = trained.toList();
        out.append("<dl>");
        entry(out, "engine", ReportText.joined(epochs.stream().map(EpochTrained::engine)));
        entry(out, "training hosts", ReportText.joined(epochs.stream().map(EpochTrained::host)));
        entry(
                out,
                "experiment",
                ReportText.joined(runs.stream().map(r -> r.plan().experimentId())));
        entry(
                out,
                "labels",
                ReportText.joined(runs.stream()
                        .flatMap(r -> r.plan().labels().entrySet().stream())
                        .map(e -> e.getKey() + "=" + e.getValue())));
        entry(
                out,
                "planned",
                ReportText.joined(runs.stream()
                        .map(r -> r.events().get(0).at().toString())
                        .limit(1)));
        out.append("</dl>\n");
        RunPlan shown = comparison.arms().isEmpty()
                ? runs.get(0).plan()
                : comparison.arms().get(comparison.arms().size() - 1).first().plan();
        out.append(String.format(
                Locale.ROOT,
                "<details open><summary>Resolved settings of %s (SHA-256 %s)</summary><pre>%s</pre></details>\n",
                Html.escape(RunNames.of(shown)),
                Html.escape(Html.shorten(shown.specSha256(), 17)),
                Html.escape(pretty(shown.canonicalSpec()))));
        if (runs.size() > 1) {
            out.append(String.format(
                    Locale.ROOT,
                    "<details><summary>All %d runs: id, SHA-256 of the settings, and name</summary><pre>",
                    runs.size()));
            for (RunHistory run : runs) {
                out.append(Html.escape(
                                run.plan().runId() + "  " + run.plan().specSha256() + "  " + RunNames.of(run.plan())))
                        .append('\n');
            }
            out.append("</pre></details>\n");
        }
    }

    private static void entry(StringBuilder out, String name, String value) {
        if (!value.isEmpty()) {
            out.append(String.format(Locale.ROOT, "<dt>%s</dt><dd>%s</dd>", name, Html.escape(value)));
        }
    }

    private static String pretty(String json) {
        try {
            return new ObjectMapper().readTree(json).toPrettyString();
        } catch (JsonProcessingException e) {
            return json;
        }
    }
}
