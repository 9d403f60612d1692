package dev.frl.tracking;

import dev.frl.core.HumanTime;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
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
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Descriptions of runs for the MLflow UI, in Markdown. */
final class MlflowNotes {
    private static final int MOST_ARMS = 30;

    private MlflowNotes() {}

    /** @param best sentence on the best point of a sweep; empty if there is none */
    static String ofExperiment(List<Comparison> comparisons, String best) {
        var note = new StringBuilder();
        if (!best.isEmpty()) {
            note.append(escape(best)).append("\n\n");
        }
        for (Comparison comparison : comparisons) {
            note.append(escape(ReportText.whatWasRun(comparison))).append("\n\n**");
            note.append(escape(Headline.of(comparison).sentence())).append("**\n\n");
            arms(note, comparison);
            for (String caveat : Caveats.of(comparison)) {
                note.append("- ").append(escape(caveat)).append('\n');
            }
        }
        note.append("\nArtifacts: `report/index.html` is the whole report, `")
                .append(MlflowTables.PATH)
                .append("` has the errors of every class. Each seed is a child run.\n");
        return note.toString();
    }

    private static void arms(StringBuilder note, Comparison comparison) {
        note.append("| errors in % | robust error, worst class | robust error, average | standard error, worst class |"
                + " standard error, average |\n");
        note.append("|---|---|---|---|---|\n");
        for (var before : comparison.before()) {
            row(note, before.label(), before.outcome(), null);
        }
        comparison.arms().stream().limit(MOST_ARMS).forEach(arm -> {
            Outcome after = arm.after();
            if (after != null) {
                row(note, arm.label() + (after.provisional() ? " (no test)" : ""), after, comparison.change(arm));
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
        note.append(plan.warmStart() ? "Warm-start run of experiment `" : "Run of experiment `")
                .append(code(plan.experiment()))
                .append("`: ")
                .append(escape(RunNames.of(plan)))
                .append(".\n\n");
        history.end().ifPresent(end -> {
            if (end instanceof Failed failed) {
                note.append("**Failed:** ")
                        .append(escape(HumanTime.in(failed.reason())))
                        .append("\n\n");
            } else if (end instanceof Stopped stopped) {
                note.append("**Stopped:** ")
                        .append(escape(HumanTime.in(stopped.reason())))
                        .append("\n\n");
            }
        });
        history.test(Selection.LAST).ifPresent(errors -> {
            var f = FairnessSummary.of(errors);
            note.append(
                    "| errors on test images in % | average | worst class | name of the worst class |\n|---|---|---|---|\n");
            for (ErrorKind kind : ErrorKind.values()) {
                var n = f.of(kind);
                note.append(String.format(
                        Locale.ROOT,
                        "| %s error | %s | %s | %s |\n",
                        kind.label(),
                        Points.of(n.average()),
                        Points.of(n.worst()),
                        escape(history.classNames().get(n.worstClass()))));
            }
        });
        return note.toString();
    }

    /** Escapes names from specs and data sets, so that they cannot become Markdown or HTML. */
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
