package dev.frl.cli.sweep;

import dev.frl.cli.terminal.Console;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.HumanTime;
import dev.frl.core.run.RunReport.Score;
import dev.frl.core.run.RunStatus;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.SweepRun;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Points of a sweep as a table, as CSV and as JSON. Accuracies are fractions in [0, 1], in tables percent. */
final class PointsPrinter {
    private PointsPrinter() {}

    static void table(Console console, List<PointRow> rows) {
        boolean tested = rows.stream().anyMatch(row -> row.test(Score::robust).count() > 0);
        boolean noted = rows.stream().anyMatch(row -> row.note().isPresent());
        var table = new Table()
                .left("POINT", "name")
                .left("RUNS", "runs")
                .right("EPOCH", "epoch")
                .left("WORST CLASS", "worst")
                .left("AVERAGE", "average")
                .left("CLEAN", "clean");
        if (tested) {
            table.optional("TEST WORST", "testWorst")
                    .optional("TEST AVERAGE", "testAverage")
                    .optional("TEST CLEAN", "testClean");
        }
        if (noted) {
            table.optional("NOTE", "note");
        }
        for (var row : rows) {
            var point = row.point();
            var cells = new ArrayList<Cell>();
            cells.add(Cell.of(point.name()));
            cells.add(Cell.of(states(row)));
            cells.add(point.epoch() < 0 ? Cell.none() : Cell.of(point.epoch()));
            cells.add(Cell.of(text(point.worstRobust(), row.lowOverImages(false))));
            cells.add(Cell.of(text(point.averageRobust(), Double.NaN)));
            cells.add(Cell.of(text(point.averageClean(), Double.NaN)));
            if (tested) {
                cells.add(Cell.of(text(row.test(Score::worstRobust), row.lowOverImages(true))));
                cells.add(Cell.of(text(row.test(Score::robust), Double.NaN)));
                cells.add(Cell.of(text(row.test(Score::clean), Double.NaN)));
            }
            if (noted) {
                cells.add(row.note().map(HumanFormat::reason).map(Cell::of).orElse(Cell.none()));
            }
            table.row(cells.toArray(Cell[]::new));
        }
        table.print(console, false);
    }

    /** Such as {@code 3 finished, 1 failed}. */
    private static String states(PointRow row) {
        var parts = new ArrayList<String>();
        for (var state : new SweepRun.Standing[] {
            SweepRun.Standing.FINISHED, SweepRun.Standing.OPEN, SweepRun.Standing.STOPPED, SweepRun.Standing.FAILED
        }) {
            if (row.count(state) > 0) {
                parts.add(row.count(state) + " " + label(state));
            }
        }
        return String.join(", ", parts);
    }

    private static String label(SweepRun.Standing state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    /** Such as {@code 34.1% [31.0, 37.2]}; with one seed {@code 34.1% [31.0, –]}, the lower end over the images. */
    private static String text(Interval accuracy, double lowOverImages) {
        if (accuracy.count() == 0) {
            return "-";
        }
        String mean = String.format(Locale.ROOT, "%.1f%%", 100 * accuracy.mean());
        if (accuracy.isKnown()) {
            return mean + String.format(Locale.ROOT, " [%.1f, %.1f]", 100 * accuracy.low(), 100 * accuracy.high());
        }
        return Double.isNaN(lowOverImages)
                ? mean
                : mean + String.format(Locale.ROOT, " [%.1f, –]", 100 * lowOverImages);
    }

    /** One row for each point, with a column for each swept setting. */
    static void csv(Console console, List<PointRow> rows) {
        var settings = new TreeSet<String>();
        rows.forEach(row -> settings.addAll(row.point().variant().keySet()));
        var heading = new ArrayList<String>(List.of("point"));
        heading.addAll(settings);
        heading.add("seeds");
        heading.add("epoch");
        for (var state : SweepRun.Standing.values()) {
            heading.add(label(state));
        }
        for (String part : List.of("validation", "test")) {
            for (String accuracy : List.of("worst_robust", "average_robust", "average_clean")) {
                for (String end : List.of("mean", "low", "high")) {
                    heading.add(part + "_" + accuracy + "_" + end);
                }
            }
        }
        heading.add("note");
        console.out().println(line(heading));
        for (var row : rows) {
            console.out().println(line(csv(row, settings)));
        }
    }

    private static List<String> csv(PointRow row, TreeSet<String> settings) {
        var point = row.point();
        var cells = new ArrayList<String>();
        cells.add(point.name());
        settings.forEach(path -> cells.add(point.variant().getOrDefault(path, "")));
        cells.add(String.valueOf(point.worstRobust().count()));
        cells.add(point.epoch() < 0 ? "" : String.valueOf(point.epoch()));
        for (var state : SweepRun.Standing.values()) {
            cells.add(String.valueOf(row.count(state)));
        }
        ends(cells, point.worstRobust(), row.lowOverImages(false));
        ends(cells, point.averageRobust(), Double.NaN);
        ends(cells, point.averageClean(), Double.NaN);
        ends(cells, row.test(Score::worstRobust), row.lowOverImages(true));
        ends(cells, row.test(Score::robust), Double.NaN);
        ends(cells, row.test(Score::clean), Double.NaN);
        cells.add(row.note().map(HumanFormat::reason).orElse(""));
        return cells;
    }

    private static void ends(List<String> cells, Interval accuracy, double lowOverImages) {
        cells.add(number(accuracy.mean()));
        cells.add(number(accuracy.isKnown() ? accuracy.low() : lowOverImages));
        cells.add(number(accuracy.high()));
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : String.valueOf(value);
    }

    /** As in RFC 4180. */
    private static String line(List<String> cells) {
        return cells.stream()
                .map(HumanFormat::line)
                .map(cell -> cell.matches("(?s).*[\",].*") ? "\"" + cell.replace("\"", "\"\"") + "\"" : cell)
                .collect(Collectors.joining(","));
    }

    static List<Map<String, @Nullable Object>> json(List<PointRow> rows) {
        return rows.stream().map(PointsPrinter::json).toList();
    }

    static Map<String, @Nullable Object> json(PointRow row) {
        var point = row.point();
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("point", point.name());
        json.put("variant", point.variant());
        json.put("seeds", point.worstRobust().count());
        json.put("epoch", point.epoch() < 0 ? null : point.epoch());
        for (var state : SweepRun.Standing.values()) {
            json.put(label(state), row.count(state));
        }
        json.put(
                "validation",
                part(point.worstRobust(), row.lowOverImages(false), point.averageRobust(), point.averageClean()));
        json.put(
                "test",
                part(
                        row.test(Score::worstRobust),
                        row.lowOverImages(true),
                        row.test(Score::robust),
                        row.test(Score::clean)));
        json.put("note", row.note().map(HumanTime::in).orElse(null));
        json.put("runs", row.runs().stream().map(PointsPrinter::json).toList());
        return json;
    }

    private static Map<String, Object> json(RunStatus run) {
        var json = new LinkedHashMap<String, Object>();
        json.put("run", run.runId());
        json.put("seed", run.seed());
        json.put("phase", run.phase().name().toLowerCase(Locale.ROOT));
        json.put("epoch", run.epoch());
        json.put("epochs", run.epochs());
        json.put("reason", HumanTime.in(run.reason()));
        return json;
    }

    private static @Nullable Map<String, Object> part(
            Interval worst, double lowOverImages, Interval robust, Interval clean) {
        if (worst.count() == 0) {
            return null;
        }
        var json = new LinkedHashMap<String, Object>();
        json.put("worstRobust", ends(worst, lowOverImages));
        json.put("averageRobust", ends(robust, Double.NaN));
        json.put("averageClean", ends(clean, Double.NaN));
        return json;
    }

    private static Map<String, @Nullable Object> ends(Interval accuracy, double lowOverImages) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("mean", accuracy.mean());
        json.put("low", finite(accuracy.isKnown() ? accuracy.low() : lowOverImages));
        json.put("high", finite(accuracy.high()));
        json.put("over", accuracy.isKnown() ? "seeds" : Double.isNaN(lowOverImages) ? null : "images");
        return json;
    }

    private static @Nullable Double finite(double value) {
        return Double.isNaN(value) ? null : Double.valueOf(value);
    }
}
