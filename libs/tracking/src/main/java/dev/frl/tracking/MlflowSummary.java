package dev.frl.tracking;

import dev.frl.core.run.RunHistory;
import dev.frl.report.ExperimentReport;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Spread;
import dev.frl.report.table.ClassTable;
import dev.frl.tracking.MlflowStore.Found;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.mlflow.api.proto.Service.RunStatus;

/** Writes the parent run: means, report and description of all runs of an experiment. */
final class MlflowSummary {
    private static final String SHA256 = "frl.summary_sha256";
    private final MlflowStore store;
    private final Map<String, String> written = new HashMap<>();

    MlflowSummary(MlflowStore store) {
        this.store = store;
    }

    /** Writes the summary, unless this process or an earlier one wrote the same summary before. */
    void write(Found parent, List<RunHistory> runs) throws RecorderException {
        List<Comparison> comparisons = Comparison.byClasses(runs);
        String report = ExperimentReport.html(runs);
        String note = MlflowNotes.ofExperiment(comparisons);
        String sha = sha256(report + note);
        if (sha.equals(written.computeIfAbsent(parent.id(), id -> parent.tags().getOrDefault(SHA256, "")))) {
            return;
        }
        store.putArtifact(parent, "report/index.html", report);
        store.putArtifact(parent, MlflowTables.PATH, MlflowTables.of(ClassTable.of(comparisons.get(0))));
        var tags = new LinkedHashMap<String, String>();
        tags.put("mlflow.note.content", note);
        tags.put("mlflow.loggedArtifacts", MlflowTables.loggedArtifacts());
        tags.put("frl.runs", String.valueOf(runs.size()));
        tags.put("frl.runs_failed", String.valueOf(failed(runs)));
        boolean ended = runs.stream().allMatch(r -> r.end().isPresent());
        if (ended) {
            long at = runs.stream()
                    .mapToLong(r -> r.end().orElseThrow().at().toEpochMilli())
                    .max()
                    .orElseThrow();
            tags.put(SHA256, sha);
            store.log(parent.id(), means(comparisons), at, tags);
            boolean any = runs.stream().anyMatch(RunHistory::finished);
            store.setTerminated(parent.id(), any ? RunStatus.FINISHED : RunStatus.FAILED, at);
        } else {
            store.log(parent.id(), List.of(), 0, tags);
        }
        written.put(parent.id(), sha);
    }

    private static long failed(List<RunHistory> runs) {
        return runs.stream().filter(r -> r.end().isPresent() && !r.finished()).count();
    }

    /** Means over seeds: one chart per number, with a bar for each arm. */
    private static List<MetricPoint> means(List<Comparison> comparisons) {
        var points = new ArrayList<MetricPoint>();
        for (Comparison comparison : comparisons) {
            var labels = new ArrayList<String>();
            comparison.before().forEach(b -> labels.add(b.label()));
            comparison.arms().forEach(a -> labels.add(a.label()));
            List<String> names = MetricNames.uniqueParts(labels);
            int n = 0;
            for (var before : comparison.before()) {
                outcome(points, names.get(n++), before.outcome());
            }
            for (Arm arm : comparison.arms()) {
                Outcome after = arm.after();
                if (after != null && !after.provisional()) {
                    outcome(points, names.get(n), after);
                    change(points, names.get(n), comparison.change(arm));
                }
                n++;
            }
        }
        return points;
    }

    private static void outcome(List<MetricPoint> points, String arm, Outcome outcome) {
        accuracy(points, "worst_class_robust_acc", arm, outcome.worst(ErrorKind.ROBUST));
        accuracy(points, "worst_class_clean_acc", arm, outcome.worst(ErrorKind.STANDARD));
        accuracy(points, "robust_acc", arm, outcome.average(ErrorKind.ROBUST));
        accuracy(points, "clean_acc", arm, outcome.average(ErrorKind.STANDARD));
        points.add(new MetricPoint(
                "mean/gap_robust_acc/" + arm, outcome.gap(ErrorKind.ROBUST).mean(), 0));
    }

    private static void accuracy(List<MetricPoint> points, String what, String arm, Spread error) {
        points.add(new MetricPoint("mean/" + what + "/" + arm, 1 - error.mean(), 0));
        if (error.count() > 1) {
            points.add(new MetricPoint("sd/" + what + "." + arm, error.deviation(), 0));
        }
    }

    /** Gain in accuracy: higher is better, as in all other charts. */
    private static void change(List<MetricPoint> points, String arm, Change change) {
        if (change.isPresent() && !change.provisional()) {
            points.add(new MetricPoint(
                    "gain/" + arm + "/worst_class_robust_acc",
                    -change.worst(ErrorKind.ROBUST).mean(),
                    0));
            points.add(new MetricPoint(
                    "gain/" + arm + "/worst_class_clean_acc",
                    -change.worst(ErrorKind.STANDARD).mean(),
                    0));
            points.add(new MetricPoint(
                    "gain/" + arm + "/robust_acc",
                    -change.average(ErrorKind.ROBUST).mean(),
                    0));
            points.add(new MetricPoint(
                    "gain/" + arm + "/clean_acc",
                    -change.average(ErrorKind.STANDARD).mean(),
                    0));
        }
    }

    private static String sha256(String text) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            return HexFormat.of().formatHex(digest.digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
