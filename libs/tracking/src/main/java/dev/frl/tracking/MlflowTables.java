package dev.frl.tracking;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.frl.core.HumanTime;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.Tally;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepPoints;
import dev.frl.report.table.ClassTable;
import dev.frl.report.text.SweepText;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Tables in the format that the MLflow UI displays: pandas' split layout without an index. */
final class MlflowTables {
    static final String PATH = "tables/per_class.json";
    /** Table of the points of a sweep. */
    static final String SWEEP = "tables/sweep.json";

    private static final ObjectMapper json = new ObjectMapper();

    private MlflowTables() {}

    /** Value of the tag mlflow.loggedArtifacts, which makes the UI display the table. */
    static String loggedArtifacts() {
        return loggedArtifacts(List.of(PATH));
    }

    static String loggedArtifacts(List<String> paths) {
        return paths.stream()
                .map(path -> "{\"path\": \"" + path + "\", \"type\": \"table\"}")
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /**
     * One row for each point of a sweep, with why its runs ended.
     *
     * @param sweep what the experiment decided
     */
    static String ofSweep(SweepPoints points, SweepHistory sweep, List<RunHistory> runs) {
        ObjectNode table = table(
                "point",
                "state",
                "why",
                "epoch",
                "seeds",
                "worst_class_robust_acc",
                "worst_class_robust_acc_lo",
                "worst_class_robust_acc_hi",
                "robust_acc",
                "robust_acc_lo",
                "robust_acc_hi",
                "clean_acc",
                "clean_acc_lo",
                "clean_acc_hi");
        var best = points.best(sweep.settings().constraints());
        for (SweepPoint point : points.all()) {
            boolean pruned = sweep.pruned().values().stream()
                    .anyMatch(judged -> judged.variant().equals(point.variant()));
            ArrayNode row = row(table)
                    .add(point.name())
                    .add((best.filter(point::equals).isPresent() ? "best, " : "") + SweepText.state(point, pruned))
                    .add(whyEnded(point, runs))
                    .add(point.epoch())
                    .add(point.worstRobust().count());
            for (Interval accuracy : List.of(point.worstRobust(), point.averageRobust(), point.averageClean())) {
                add(row, known(accuracy.mean()));
                add(row, known(accuracy.low()));
                add(row, known(accuracy.high()));
            }
        }
        return table.toString();
    }

    private static @Nullable Double known(double value) {
        return Double.isNaN(value) ? null : value;
    }

    /** Reasons of the runs that did not finish, each once. */
    private static String whyEnded(SweepPoint point, List<RunHistory> runs) {
        return runs.stream()
                .filter(run -> SweepPoints.isOf(point, run.plan()))
                .flatMap(run -> run.end().stream())
                .flatMap(end -> end instanceof Stopped s
                        ? Stream.of(HumanTime.in(s.reason()))
                        : end instanceof Failed f ? Stream.of("failed: " + HumanTime.in(f.reason())) : Stream.of())
                .distinct()
                .sorted()
                .collect(Collectors.joining("; "));
    }

    /** Errors of each class: validation of the first, the last and the best epoch, and the tests. */
    static String ofRun(RunHistory history) {
        ObjectNode table = table(
                "evaluation", "epoch", "label", "class", "samples", "standard_error", "boundary_error", "robust_error");
        List<String> names = history.classNames();
        int last = history.evaluated().keySet().stream().mapToInt(e -> e).max().orElse(-1);
        var lastEvaluated = history.evaluated().get(last);
        int best = lastEvaluated == null ? -1 : lastEvaluated.bestEpoch();
        history.evaluated().values().forEach(e -> {
            if (e.epoch() == 0 || e.epoch() == last || e.epoch() == best) {
                String what = e.epoch() == last ? "last" : e.epoch() == best ? "best" : "start";
                rows(table, "validation, " + what, e.epoch(), names, e.tally());
            }
        });
        for (Selection weights : Selection.values()) {
            String what = weights == Selection.LAST ? "test" : "test, best";
            history.testEvent(weights).ifPresent(t -> rows(table, what, t.epoch(), names, t.tally()));
        }
        return table.toString();
    }

    private static void rows(ObjectNode table, String what, int epoch, List<String> names, Tally tally) {
        for (int i = 0; i < tally.classes(); i++) {
            double seen = tally.seen(i);
            ArrayNode row =
                    row(table).add(what).add(epoch).add(i).add(names.get(i)).add(tally.seen(i));
            add(row, seen == 0 ? null : tally.wrongClean(i) / seen);
            add(row, seen == 0 ? null : (tally.wrongRobust(i) - tally.wrongClean(i)) / seen);
            add(row, seen == 0 ? null : tally.wrongRobust(i) / seen);
        }
    }

    /** The comparison class by class, one row per class and kind of error. */
    static String of(ClassTable comparison) {
        var columns = new String[2 + comparison.columns().size()];
        columns[0] = "error";
        columns[1] = "class";
        for (int c = 0; c < comparison.columns().size(); c++) {
            columns[c + 2] = comparison.columns().get(c).label();
        }
        ObjectNode table = table(columns);
        for (ErrorKind kind : List.of(ErrorKind.ROBUST, ErrorKind.STANDARD, ErrorKind.BOUNDARY)) {
            comparison.rows().forEach(r -> row(table, kind, r.label() + " " + r.name(), r));
            comparison.summaries().forEach(r -> row(table, kind, r.name(), r));
        }
        return table.toString();
    }

    private static void row(ObjectNode table, ErrorKind kind, String name, ClassTable.Row from) {
        ArrayNode row = row(table).add(kind.label()).add(name);
        from.cells().forEach(c -> add(row, c.of(kind).mean()));
    }

    private static ObjectNode table(String... columns) {
        ObjectNode table = json.createObjectNode();
        ArrayNode names = table.putArray("columns");
        for (String c : columns) {
            names.add(c);
        }
        table.putArray("data");
        return table;
    }

    private static ArrayNode row(ObjectNode table) {
        return ((ArrayNode) table.get("data")).addArray();
    }

    /** Adds a rounded value, since the UI shows all digits. */
    private static void add(ArrayNode row, @Nullable Double value) {
        if (value == null) {
            row.addNull();
        } else {
            row.add(Math.round(value * 1e4) / 1e4);
        }
    }
}
