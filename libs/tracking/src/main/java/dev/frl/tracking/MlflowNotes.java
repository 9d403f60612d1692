package dev.frl.tracking;

import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.Selection;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.FairnessSummary;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Points;
import dev.frl.report.text.Caveats;
import dev.frl.report.text.Headline;
import dev.frl.report.text.ReportText;
import dev.frl.report.text.RunNames;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the MLflow UI shows as the description of a run, in Markdown. */
final class MlflowNotes {
    private static final int MOST_ARMS = 30;

    private MlflowNotes() {}

    static String ofExperiment(List<Comparison> comparisons) {
        var note = new StringBuilder();
        for (Comparison comparison : comparisons) {
            note.append(escape(ReportText.whatWasRun(comparison))).append("\n\n**");
            note.append(escape(Headline.of(comparison).sentence())).append("**\n\n");
            arms(note, comparison);
            for (String caveat : Caveats.of(comparison)) {
                note.append("- ").append(escape(caveat)).append('\n');
            }
        }
        note.append("\nThe whole report, with every class: artifact `report/index.html`. Class by class: `")
                .append(MlflowTables.PATH)
                .append("`. One child run for each seed.\n");
        return note.toString();
    }

    private static void arms(StringBuilder note, Comparison comparison) {
        note.append(
                "| errors in % | worst class, robust | average, robust | worst class, standard | average, standard |\n");
        note.append("|---|---|---|---|---|\n");
        for (var before : comparison.before()) {
            row(note, before.label(), before.outcome(), null);
        }
        comparison.arms().stream().limit(MOST_ARMS).forEach(arm -> {
            Outcome after = arm.after();
            if (after != null) {
                row(note, arm.label() + (after.provisional() ? " (so far)" : ""), after, comparison.change(arm));
            }
        });
        note.append('\n');
    }

    private static void row(StringBuilder note, String label, Outcome outcome, @Nullable Change change) {
        note.append("| ").append(escape(label)).append(" |");
        for (ErrorKind kind : List.of(ErrorKind.ROBUST, ErrorKind.STANDARD)) {
            cell(
                    note,
                    outcome.worst(kind).mean(),
                    change == null || !change.isPresent()
                            ? Double.NaN
                            : change.worst(kind).mean());
            cell(
                    note,
                    outcome.average(kind).mean(),
                    change == null || !change.isPresent()
                            ? Double.NaN
                            : change.average(kind).mean());
        }
        note.append('\n');
    }

    private static void cell(StringBuilder note, double level, double change) {
        note.append(' ').append(Points.of(level));
        if (!Double.isNaN(change)) {
            note.append(" (").append(Points.signed(change)).append(')');
        }
        note.append(" |");
    }

    static String ofRun(RunHistory history) {
        var plan = history.plan();
        var note = new StringBuilder();
        note.append(plan.warmStart() ? "Warm start of the runs of `" : "One run of `")
                .append(code(plan.experiment()))
                .append("`: ")
                .append(escape(RunNames.of(plan)))
                .append(".\n\n");
        history.end().ifPresent(end -> {
            if (end instanceof Failed failed) {
                note.append("**Failed:** ").append(escape(failed.reason())).append("\n\n");
            }
        });
        history.test(Selection.LAST).ifPresent(errors -> {
            var f = FairnessSummary.of(errors);
            note.append("| test errors in % | average | worst class | which |\n|---|---|---|---|\n");
            for (ErrorKind kind : ErrorKind.values()) {
                var n = f.of(kind);
                note.append("| %s | %s | %s | %s |\n"
                        .formatted(
                                kind.label(),
                                Points.of(n.average()),
                                Points.of(n.worst()),
                                escape(history.classNames().get(n.worstClass()))));
            }
        });
        return note.toString();
    }

    /** Names from specs and data sets must not become Markdown or HTML. */
    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replaceAll("([\\\\`*_\\[\\]|~#])", "\\\\$1")
                .replaceAll("\\s+", " ");
    }

    private static String code(String text) {
        return text.replace("`", "'").replaceAll("\\s+", " ");
    }
}
