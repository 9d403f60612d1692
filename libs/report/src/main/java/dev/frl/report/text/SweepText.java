package dev.frl.report.text;

import dev.frl.core.HumanWords;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.report.statistics.Grouping;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.Points;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepPoints;
import dev.frl.report.statistics.SweepRun.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Sentences on the points of a sweep. */
public final class SweepText {
    private SweepText() {}

    /** Name of a point, such as {@code frl-reweight, beta=6}. */
    public static String name(Map<String, String> variant) {
        return Grouping.pointName(variant);
    }

    /** The best point with its numbers, or why there is none. */
    public static String best(SweepPoints points, Constraints constraints) {
        var best = points.best(constraints);
        if (best.isPresent()) {
            return String.format(
                    Locale.ROOT,
                    "Best point: %s, with %s robust accuracy of the worst class, %s robust accuracy on average and %s clean accuracy (%s).",
                    best.get().name(),
                    percent(best.get().worstRobust()),
                    percent(best.get().averageRobust()),
                    percent(best.get().averageClean()),
                    seeds(best.get().worstRobust()));
        }
        return points.nearestMiss(constraints)
                .map(p -> String.format(
                        Locale.ROOT,
                        "No point meets the constraints. The nearest one is %s: %s.",
                        p.name(),
                        HumanWords.list(misses(p, constraints))))
                .orElse("No run has finished yet, so there is no best point.");
    }

    private static String seeds(Interval interval) {
        return interval.isKnown() ? String.format(Locale.ROOT, "means of %d seeds", interval.count()) : "1 seed";
    }

    /** Floors in words; empty if there are none. */
    public static String constraints(Constraints constraints) {
        var floors = new ArrayList<String>();
        floor(floors, "average robust accuracy", constraints.averageRobust());
        floor(floors, "average clean accuracy", constraints.averageClean());
        return HumanWords.list(floors);
    }

    private static void floor(List<String> floors, String what, @Nullable Double floor) {
        if (floor != null) {
            floors.add(String.format(Locale.ROOT, "%s of at least %s", what, Points.percent(floor)));
        }
    }

    private static List<String> misses(SweepPoint point, Constraints constraints) {
        var misses = new ArrayList<String>();
        miss(misses, "average robust accuracy", point.averageRobust(), constraints.averageRobust());
        miss(misses, "average clean accuracy", point.averageClean(), constraints.averageClean());
        return misses;
    }

    private static void miss(List<String> misses, String what, Interval value, @Nullable Double floor) {
        if (floor != null && value.mean() < floor) {
            misses.add(String.format(
                    Locale.ROOT,
                    "%s is %s, and %s is asked for",
                    what,
                    Points.percent(value.mean()),
                    Points.percent(floor)));
        }
    }

    /** {@code 34.1 %}, and the interval if there is one: {@code 34.1 % (30.2 to 38.0)}. */
    static String percent(Interval interval) {
        return Points.percent(interval.mean()) + (interval.isKnown() ? " (" + ends(interval) + ")" : "");
    }

    /** {@code 30.2 to 38.0}; empty with fewer than two seeds. */
    public static String ends(Interval interval) {
        return interval.isKnown() ? Points.of(interval.low()) + " to " + Points.of(interval.high()) : "";
    }

    /**
     * {@code finished}, {@code 2 of 3 finished, 1 failed}, {@code stopped}.
     *
     * @param pruned whether its search pruned the point
     */
    public static String state(SweepPoint point, boolean pruned) {
        int all = point.runs().size();
        var words = new ArrayList<String>();
        state(words, point.count(Standing.FINISHED), all, "finished");
        state(words, point.count(Standing.STOPPED), all, pruned ? "pruned" : "stopped");
        state(words, point.count(Standing.FAILED), all, "failed");
        state(words, point.count(Standing.OPEN), all, "not finished");
        return String.join(", ", words);
    }

    private static void state(List<String> words, long count, int all, String state) {
        if (count > 0) {
            words.add(count == all ? state : String.format(Locale.ROOT, "%d of %d %s", count, all, state));
        }
    }
}
