package dev.frl.tracking;

import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunReport.Score;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.statistics.SweepHistory.HandedOut;
import dev.frl.report.statistics.SweepRun;
import dev.frl.report.text.SweepText;
import dev.frl.tracking.MlflowStore.Found;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/**
 * What the parent run says of a sweep: step metrics with mean and interval over the seeds of each point, the search, and the best point.
 *
 * <p>An epoch of a point is written when all seeds of the point are handed out, and each of them has evaluated the epoch or has ended
 * before. It carries the time of the last of these evaluations, and a tag holds the last written epoch of each point. So each point is
 * written once, whatever restarts, and a seed that ends or goes on later changes no written point.
 */
final class MlflowSweep {
    /** More lines in a chart cannot be told apart, and the UI becomes slow. The report and the table have all points. */
    static final int MOST_POINTS = 20;

    /** Last written epoch of each point, such as {@code 0=10 1=3}. */
    private static final String RECORDED_MEANS = "frl.recorded_means";

    private final MlflowStore store;
    private final Map<String, TreeMap<Integer, Integer>> written = new HashMap<>();

    MlflowSweep(MlflowStore store) {
        this.store = store;
    }

    /** Writes the means that are complete and not yet written. */
    void write(Found parent, SweepHistory sweep, Map<String, RunHistory> runs) throws RecorderException {
        var marks = written.computeIfAbsent(parent.id(), id -> marks(parent));
        var next = new TreeMap<>(marks);
        var points = new ArrayList<StampedPoint>();
        for (HandedOut point : sweep.points()) {
            if (point.number() < MOST_POINTS && isHandedOut(point, sweep, runs)) {
                var seeds = point.runs().stream().map(runs::get).toList();
                int last = add(points, prefix(sweep, point), seeds, marks.getOrDefault(point.number(), -1));
                next.put(point.number(), last);
            }
        }
        if (!points.isEmpty()) {
            store.log(parent.id(), points, Map.of(RECORDED_MEANS, text(next)));
            marks.putAll(next);
        }
    }

    private static boolean isHandedOut(HandedOut point, SweepHistory sweep, Map<String, RunHistory> runs) {
        boolean all =
                point.runs().size() >= sweep.seedsPerPoint() || sweep.end().isPresent();
        return sweep.isStarted() && all && point.runs().stream().allMatch(runs::containsKey);
    }

    /**
     * Adds the epochs after the last written one.
     *
     * @return last epoch that is written then
     */
    private static int add(List<StampedPoint> points, String prefix, List<RunHistory> seeds, int from) {
        var epochs = new TreeSet<Integer>();
        seeds.forEach(run -> epochs.addAll(run.evaluated().keySet()));
        int written = from;
        for (int epoch : epochs.tailSet(from + 1)) {
            if (seeds.stream().anyMatch(run -> mayEvaluate(run, epoch))) {
                break;
            }
            var scores = new ArrayList<Score>();
            long at = Long.MIN_VALUE;
            for (RunHistory run : seeds) {
                EpochEvaluated evaluated = run.evaluated().get(epoch);
                if (evaluated != null) {
                    scores.add(SweepRun.score(evaluated, run.classNames()));
                    at = Math.max(at, evaluated.at().toEpochMilli());
                }
            }
            means(points, prefix + "clean_acc", scores, Score::clean, epoch, at);
            means(points, prefix + "robust_acc", scores, Score::robust, epoch, at);
            means(points, prefix + "worst_class_robust_acc", scores, Score::worstRobust, epoch, at);
            written = epoch;
        }
        return written;
    }

    private static boolean mayEvaluate(RunHistory run, int epoch) {
        boolean later = run.evaluated().keySet().stream().anyMatch(e -> e >= epoch);
        return !later && run.end().isEmpty();
    }

    private static void means(
            List<StampedPoint> points,
            String name,
            List<Score> scores,
            ToDoubleFunction<Score> accuracy,
            int epoch,
            long at) {
        var interval = Interval.of(scores.stream().map(accuracy::applyAsDouble).toList());
        if (interval.count() > 0) {
            points.add(new StampedPoint(new MetricPoint(name + "_mean", interval.mean(), epoch), at));
        }
        if (interval.isKnown()) {
            points.add(new StampedPoint(new MetricPoint(name + "_lo", interval.low(), epoch), at));
            points.add(new StampedPoint(new MetricPoint(name + "_hi", interval.high(), epoch), at));
        }
    }

    /** An extension must not rename what is written, so it depends on the spec alone whether the first point has a prefix. */
    private static String prefix(SweepHistory sweep, HandedOut point) {
        return point.number() == 0 && !sweep.hadSeveralPoints()
                ? ""
                : MetricNames.numbered(point.name(), point.number()) + "/";
    }

    private static TreeMap<Integer, Integer> marks(Found parent) {
        var marks = new TreeMap<Integer, Integer>();
        for (String mark : parent.tags().getOrDefault(RECORDED_MEANS, "").split(" ", -1)) {
            if (mark.matches("\\d{1,9}=-?\\d{1,9}")) {
                int equals = mark.indexOf('=');
                marks.put(Integer.valueOf(mark.substring(0, equals)), Integer.valueOf(mark.substring(equals + 1)));
            }
        }
        return marks;
    }

    private static String text(TreeMap<Integer, Integer> marks) {
        var words = new ArrayList<String>();
        marks.forEach((point, epoch) -> words.add(point + "=" + epoch));
        return String.join(" ", words);
    }

    /** Search, constraints and size: parameters, since they never change. */
    static Map<String, String> parameters(SweepHistory sweep) {
        var parameters = new LinkedHashMap<String, String>();
        parameters.put("sweep.search", sweep.search());
        Constraints constraints = sweep.settings().constraints();
        if (constraints.averageRobust() != null) {
            parameters.put("sweep.constraints.averageRobust", String.valueOf(constraints.averageRobust()));
        }
        if (constraints.averageClean() != null) {
            parameters.put("sweep.constraints.averageClean", String.valueOf(constraints.averageClean()));
        }
        return parameters;
    }

    /** Tags of an ended experiment. They may change, since an experiment may go on after its end. */
    static Map<String, String> tags(SweepHistory sweep, Ended end) {
        var tags = new LinkedHashMap<String, String>();
        tags.put("frl.end_reason", end.reason());
        String floors = SweepText.constraints(sweep.settings().constraints());
        tags.put("frl.constraints", floors.isEmpty() ? "none" : floors);
        BestPoint best = end.best();
        // "none" is a policy, and so the name of a point
        tags.put("frl.best_point", best == null ? "no point" : SweepText.name(best.variant()));
        tags.put("frl.best_epoch", best == null ? "none" : String.valueOf(best.epoch()));
        tags.put("frl.best_seeds", best == null ? "none" : String.valueOf(best.runs()));
        return tags;
    }

    /** Numbers of the best point: means over its finished runs, on validation images. */
    static Map<String, Double> bestPoint(Ended end) {
        BestPoint best = end.best();
        return best == null
                ? Map.of()
                : Map.of(
                        "best_point/clean_acc", best.averageClean(),
                        "best_point/robust_acc", best.averageRobust(),
                        "best_point/worst_class_robust_acc", best.worstRobust());
    }
}
