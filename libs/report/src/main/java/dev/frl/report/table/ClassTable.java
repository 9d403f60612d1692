package dev.frl.report.table;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.Part;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.Disparity;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Spread;
import dev.frl.report.text.Caveats;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The comparison class by class: the weights that the arms started from, the control, and each policy. Errors are fractions in
 * [0, 1]; only {@link #text} shows percent. The records can be written as JSON.
 *
 * @param columns the evaluations; the cells of every row are in this order
 * @param rows one row per class, by label; empty until an epoch is announced
 * @param average error over all samples
 * @param worst error of each seed's own worst class; its mean can exceed the largest class mean
 * @param gap difference between worst and best class, per seed
 * @param deviation standard deviation over the classes, per seed
 * @param findings sentences on adversarial compared with natural training; empty if the runs do not compare them
 * @param notes sentences on unfinished or missing runs and controls; empty if every run finished and has its control
 */
public record ClassTable(
        List<ClassColumn> columns,
        List<Row> rows,
        Row average,
        Row worst,
        Row gap,
        Row deviation,
        List<String> findings,
        List<String> notes) {
    public ClassTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
        findings = List.copyOf(findings);
        notes = List.copyOf(notes);
    }

    /** Meaning of a column. */
    public enum Kind {
        BEFORE,
        CONTROL,
        POLICY,
        /** The best weights of an arm, by validation; only if the spec requests them. */
        BEST
    }

    /**
     * @param label short, unique label
     * @param kind meaning of the column
     * @param policy policy of the arm; null for {@link Kind#BEFORE}
     * @param measuredOn test or validation images
     * @param provisional whether its runs have no test yet
     * @param seeds training seeds of the evaluated runs
     * @param comparedSeeds number of seeds in the change against the control; 0 if there is no change
     */
    public record ClassColumn(
            String label,
            Kind kind,
            @Nullable String policy,
            Part measuredOn,
            boolean provisional,
            List<Long> seeds,
            int comparedSeeds) {
        public ClassColumn {
            seeds = List.copyOf(seeds);
        }
    }

    /**
     * @param label label of the class; null for a summary
     * @param name name of the class or summary
     * @param cells cells in the order of the columns
     */
    public record Row(@Nullable Integer label, String name, List<ClassCell> cells) {
        public Row {
            cells = List.copyOf(cells);
        }
    }

    public record ClassCell(Value standard, Value boundary, Value robust) {
        public Value of(ErrorKind kind) {
            return switch (kind) {
                case STANDARD -> standard;
                case BOUNDARY -> boundary;
                case ROBUST -> robust;
            };
        }
    }

    /**
     * @param mean mean over the seeds; null if no seed has a sample of the class
     * @param min minimum over the seeds
     * @param max maximum over the seeds
     * @param change mean difference from the control over the seeds that both have; null if there is nothing to compare
     */
    public record Value(
            @Nullable Double mean,
            @Nullable Double min,
            @Nullable Double max,
            @Nullable Double change) {}

    /**
     * @param runs of one experiment or several, warm start runs included, in any order
     * @throws IllegalArgumentException if they have different classes
     */
    public static ClassTable of(List<RunHistory> runs) {
        return of(Comparison.of(runs));
    }

    public static ClassTable of(Comparison comparison) {
        List<Measured> measured = measured(comparison);
        var rows = new ArrayList<Row>();
        List<String> names = comparison.classNames();
        for (int i = 0; i < names.size(); i++) {
            int label = i;
            rows.add(new Row(
                    label,
                    names.get(i),
                    cells(measured, k -> new Getter(o -> o.ofClass(k, label), c -> c.ofClass(k, label)))));
        }
        return new ClassTable(
                measured.stream().map(Measured::column).toList(),
                rows,
                new Row(null, "average", cells(measured, k -> new Getter(o -> o.average(k), c -> c.average(k)))),
                new Row(null, "worst", cells(measured, k -> new Getter(o -> o.worst(k), c -> c.worst(k)))),
                new Row(null, "worst - best", cells(measured, k -> new Getter(o -> o.gap(k), c -> c.gap(k)))),
                new Row(null, "deviation", cells(measured, k -> new Getter(o -> o.deviation(k), c -> c.deviation(k)))),
                Disparity.of(comparison).stream().map(Disparity::sentence).toList(),
                Caveats.of(comparison));
    }

    /** Aligned plain text without colour codes, at most {@code width} columns wide if possible. */
    public String text(int width) {
        return new ClassTableText(this, width, false).render();
    }

    /** The text with ANSI codes: the worst class of each column in bold, changes in green or red. */
    public String ansiText(int width) {
        return new ClassTableText(this, width, true).render();
    }

    /** The rows below the classes, in this order. */
    public List<Row> summaries() {
        return List.of(average, worst, gap, deviation);
    }

    private record Measured(ClassColumn column, Outcome outcome, Change change) {}

    private record Getter(Function<Outcome, Spread> level, Function<Change, Spread> change) {}

    private static List<Measured> measured(Comparison comparison) {
        var all = new ArrayList<Measured>();
        for (var before : comparison.before()) {
            all.add(measured(before.label(), Kind.BEFORE, null, before.outcome(), Change.none("")));
        }
        for (Arm arm : comparison.arms()) {
            if (arm.after() != null) {
                Kind kind = arm.isControl() ? Kind.CONTROL : Kind.POLICY;
                all.add(measured(arm.label(), kind, arm.policy().label(), arm.after(), comparison.change(arm)));
            }
        }
        for (Arm arm : comparison.arms()) {
            if (arm.best() != null) {
                all.add(measured(bestLabel(arm), Kind.BEST, arm.policy().label(), arm.best(), Change.none("")));
            }
        }
        return all;
    }

    public static String bestLabel(Arm arm) {
        return arm.label() + ", best epoch";
    }

    private static Measured measured(String label, Kind kind, @Nullable String policy, Outcome outcome, Change change) {
        var seeds = outcome.runs().stream().map(r -> r.seeds().training()).toList();
        return new Measured(
                new ClassColumn(
                        label,
                        kind,
                        policy,
                        outcome.part(),
                        outcome.provisional(),
                        seeds,
                        change.pairs().size()),
                outcome,
                change);
    }

    private static List<ClassCell> cells(List<Measured> measured, Function<ErrorKind, Getter> getters) {
        return measured.stream()
                .map(m -> new ClassCell(
                        value(m, getters.apply(ErrorKind.STANDARD)),
                        value(m, getters.apply(ErrorKind.BOUNDARY)),
                        value(m, getters.apply(ErrorKind.ROBUST))))
                .toList();
    }

    private static Value value(Measured m, Getter getter) {
        Spread level = getter.level().apply(m.outcome());
        return new Value(
                orNull(level.mean()),
                orNull(level.min()),
                orNull(level.max()),
                orNull(getter.change().apply(m.change()).mean()));
    }

    private static @Nullable Double orNull(double v) {
        return Double.isNaN(v) ? null : v;
    }
}
