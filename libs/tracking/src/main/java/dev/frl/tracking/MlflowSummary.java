package dev.frl.tracking;

import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
import dev.frl.report.ExperimentReport;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import dev.frl.report.statistics.ErrorKind;
import dev.frl.report.statistics.Outcome;
import dev.frl.report.statistics.Spread;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.statistics.SweepPoints;
import dev.frl.report.table.ClassTable;
import dev.frl.report.text.SweepText;
import dev.frl.tracking.MlflowStore.Found;
import dev.frl.tracking.MlflowStore.Status;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Writes the parent run: means, report and description of all runs of an experiment. */
final class MlflowSummary {
    private static final String SHA256 = "frl.summary_sha256";
    private final MlflowStore store;
    private final MlflowSweep sweepWriter;
    private final Map<String, String> written = new HashMap<>();
    private final Map<String, Boolean> terminated = new HashMap<>();
    private final Set<String> described = new HashSet<>();

    MlflowSummary(MlflowStore store) {
        this.store = store;
        this.sweepWriter = new MlflowSweep(store);
    }

    /**
     * Writes the summary, unless this process or an earlier one wrote the same summary before.
     *
     * @param sweep what the experiment decided; null if its log is not known
     */
    void write(Found parent, List<RunHistory> runs, @Nullable SweepHistory sweep) throws RecorderException {
        if (sweep != null) {
            sweepWriter.write(parent, sweep, byId(runs));
        }
        List<Comparison> comparisons = Comparison.byClasses(runs);
        var points = SweepPoints.ofHistories(runs);
        boolean several = points.all().size() > 1;
        String report = ExperimentReport.html(runs, sweep == null ? List.of() : List.of(sweep));
        String note = MlflowNotes.ofExperiment(
                comparisons,
                sweep != null && several
                        ? SweepText.best(points, sweep.settings().constraints())
                        : "");
        var end = end(runs, sweep);
        String sha = sha256(report + note + (sweep == null ? "" : end));
        if (sha.equals(written.computeIfAbsent(parent.id(), id -> parent.tags().getOrDefault(SHA256, "")))) {
            return;
        }
        store.putArtifact(parent, "report/index.html", report);
        store.putArtifact(parent, MlflowTables.PATH, MlflowTables.of(ClassTable.of(comparisons.get(0))));
        var tags = new LinkedHashMap<String, String>();
        tags.put("mlflow.note.content", note);
        tags.put("mlflow.loggedArtifacts", MlflowTables.loggedArtifacts());
        counts(tags, runs);
        if (sweep != null) {
            if (described.add(parent.id())) {
                store.logParameters(parent.id(), MlflowSweep.parameters(sweep));
            }
            tags.put("frl.points_pruned", String.valueOf(sweep.pruned().size()));
            if (several) {
                store.putArtifact(parent, MlflowTables.SWEEP, MlflowTables.ofSweep(points, sweep, runs));
                tags.put(
                        "mlflow.loggedArtifacts",
                        MlflowTables.loggedArtifacts(List.of(MlflowTables.PATH, MlflowTables.SWEEP)));
            }
        }
        if (end != null) {
            end(parent, comparisons, sweep, end, tags, sha);
        } else {
            goOn(parent, tags);
        }
        written.put(parent.id(), sha);
    }

    private static Map<String, RunHistory> byId(List<RunHistory> runs) {
        var byId = new HashMap<String, RunHistory>();
        runs.forEach(run -> byId.put(run.plan().runId(), run));
        return byId;
    }

    private static void counts(Map<String, String> tags, List<RunHistory> runs) {
        tags.put("frl.runs", String.valueOf(runs.size()));
        tags.put("frl.runs_finished", String.valueOf(count(runs, Finished.class)));
        tags.put("frl.runs_failed", String.valueOf(count(runs, Failed.class)));
        tags.put("frl.runs_stopped", String.valueOf(count(runs, Stopped.class)));
    }

    private static long count(List<RunHistory> runs, Class<? extends RunEvent> end) {
        return runs.stream()
                .flatMap(r -> r.end().stream())
                .filter(end::isInstance)
                .count();
    }

    /**
     * End of an experiment in MLflow.
     *
     * @param at milliseconds since the epoch of Unix
     */
    private record End(Status status, long at) {}

    /** Null while a run is open, and while the experiment may hand out more. */
    private static @Nullable End end(List<RunHistory> runs, @Nullable SweepHistory sweep) {
        if (runs.stream().anyMatch(r -> r.end().isEmpty())) {
            return null;
        }
        if (sweep != null) {
            var known = byId(runs).keySet();
            boolean all = sweep.points().stream().allMatch(p -> known.containsAll(p.runs()));
            return sweep.end()
                    .filter(e -> all)
                    .map(e -> new End(status(e), e.at().toEpochMilli()))
                    .orElse(null);
        }
        long at = runs.stream()
                .mapToLong(r -> r.end().orElseThrow().at().toEpochMilli())
                .max()
                .orElseThrow();
        var status = count(runs, Finished.class) > 0
                ? Status.FINISHED
                : count(runs, Failed.class) > 0 ? Status.FAILED : Status.KILLED;
        return new End(status, at);
    }

    private static Status status(Ended end) {
        return switch (end.outcome()) {
            case FINISHED -> Status.FINISHED;
            case STOPPED -> Status.KILLED;
            default -> Status.FAILED;
        };
    }

    private void end(
            Found parent,
            List<Comparison> comparisons,
            @Nullable SweepHistory sweep,
            End end,
            Map<String, String> tags,
            String sha)
            throws RecorderException {
        var numbers = means(comparisons);
        // MLflow draws one point for each step, so an experiment that went on after its end needs another step.
        int step = 0;
        if (sweep != null && sweep.end().isPresent()) {
            var ended = sweep.end().get();
            step = sweep.earlierEnds();
            numbers.putAll(MlflowSweep.bestPoint(ended));
            tags.putAll(MlflowSweep.tags(sweep, ended));
        }
        tags.put(SHA256, sha);
        var points = new ArrayList<MetricPoint>();
        for (var number : numbers.entrySet()) {
            points.add(new MetricPoint(number.getKey(), number.getValue(), step));
        }
        store.log(parent.id(), points, end.at(), tags);
        store.setTerminated(parent.id(), end.status(), end.at());
        terminated.put(parent.id(), true);
    }

    /** An experiment that goes on after its end is running again. */
    private void goOn(Found parent, Map<String, String> tags) throws RecorderException {
        if (terminated.getOrDefault(parent.id(), parent.ended())) {
            store.setRunning(parent.id());
            tags.put(SHA256, "");
        }
        store.log(parent.id(), List.of(), 0, tags);
        terminated.put(parent.id(), false);
    }

    /** Means over seeds: one chart per number, with a bar for each arm. */
    private static Map<String, Double> means(List<Comparison> comparisons) {
        var numbers = new LinkedHashMap<String, Double>();
        for (Comparison comparison : comparisons) {
            var labels = new ArrayList<String>();
            comparison.before().forEach(b -> labels.add(b.label()));
            comparison.arms().forEach(a -> labels.add(a.label()));
            List<String> names = MetricNames.uniqueParts(labels);
            int n = 0;
            for (var before : comparison.before()) {
                outcome(numbers, names.get(n++), before.outcome());
            }
            for (Arm arm : comparison.arms()) {
                Outcome after = arm.after();
                if (after != null && !after.provisional()) {
                    outcome(numbers, names.get(n), after);
                    change(numbers, names.get(n), comparison.change(arm));
                }
                n++;
            }
        }
        return numbers;
    }

    private static void outcome(Map<String, Double> numbers, String arm, Outcome outcome) {
        accuracy(numbers, "worst_class_robust_acc", arm, outcome.worst(ErrorKind.ROBUST));
        accuracy(numbers, "worst_class_clean_acc", arm, outcome.worst(ErrorKind.STANDARD));
        accuracy(numbers, "robust_acc", arm, outcome.average(ErrorKind.ROBUST));
        accuracy(numbers, "clean_acc", arm, outcome.average(ErrorKind.STANDARD));
        numbers.put("mean/gap_robust_acc/" + arm, outcome.gap(ErrorKind.ROBUST).mean());
    }

    private static void accuracy(Map<String, Double> numbers, String what, String arm, Spread error) {
        numbers.put("mean/" + what + "/" + arm, 1 - error.mean());
        if (error.count() > 1) {
            numbers.put("sd/" + what + "." + arm, error.deviation());
        }
    }

    /** Gain in accuracy: higher is better, as in all other charts. */
    private static void change(Map<String, Double> numbers, String arm, Change change) {
        if (change.isPresent() && !change.provisional()) {
            numbers.put(
                    "gain/" + arm + "/worst_class_robust_acc",
                    -change.worst(ErrorKind.ROBUST).mean());
            numbers.put(
                    "gain/" + arm + "/worst_class_clean_acc",
                    -change.worst(ErrorKind.STANDARD).mean());
            numbers.put(
                    "gain/" + arm + "/robust_acc",
                    -change.average(ErrorKind.ROBUST).mean());
            numbers.put(
                    "gain/" + arm + "/clean_acc",
                    -change.average(ErrorKind.STANDARD).mean());
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
