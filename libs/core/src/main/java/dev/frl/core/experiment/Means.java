package dev.frl.core.experiment;

import dev.frl.core.HumanWords;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.RunEntry.Activity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Means over the runs of a point, and the best point by them. */
final class Means {
    private static final Comparator<BestPoint> MERIT = Comparator.comparingDouble(BestPoint::worstRobust)
            .thenComparingDouble(BestPoint::averageRobust)
            .thenComparingDouble(BestPoint::averageClean);

    private Means() {}

    /**
     * The result of a comparison of all points.
     *
     * @param best best point that meets the constraints; null if none does
     * @param remark for people, if no point meets them; else empty
     */
    record Result(@Nullable BestPoint best, String remark) {}

    /** Means over the last reports of a point's runs that have not failed; null if there are none. */
    static @Nullable BestPoint ofReported(int number, RunTable.Point point) {
        return of(number, point, run -> run.activity != Activity.FAILED);
    }

    private static @Nullable BestPoint of(int number, RunTable.Point point, Predicate<RunEntry> counts) {
        double worst = 0;
        double robust = 0;
        double clean = 0;
        int epoch = Integer.MAX_VALUE;
        int runs = 0;
        for (var run : point.runs) {
            var score = run.report == null ? null : run.report.validation();
            if (score != null && counts.test(run)) {
                worst += score.worstRobust();
                robust += score.robust();
                clean += score.clean();
                epoch = Math.min(epoch, score.epoch());
                runs++;
            }
        }
        return runs == 0
                ? null
                : new BestPoint(number, point.variant, worst / runs, robust / runs, clean / runs, epoch, runs);
    }

    /**
     * The best point by its finished runs: the highest mean accuracy under attack of the worst class, of equals that with the higher average
     * under attack, then on clean images, then the earlier one.
     */
    static Result best(Map<Integer, RunTable.Point> points, Constraints constraints) {
        BestPoint best = null;
        BestPoint nearest = null;
        for (var entry : points.entrySet()) {
            var point = of(entry.getKey(), entry.getValue(), run -> run.activity == Activity.FINISHED);
            if (point == null) {
                continue;
            }
            double shortfall = shortfall(point, constraints);
            if (shortfall == 0) {
                best = best == null || MERIT.compare(point, best) > 0 ? point : best;
            } else if (nearest == null || shortfall < shortfall(nearest, constraints)) {
                nearest = point;
            }
        }
        return new Result(best, best == null && nearest != null ? miss(nearest, constraints) : "");
    }

    private static double shortfall(BestPoint point, Constraints constraints) {
        return below(point.averageRobust(), constraints.averageRobust())
                + below(point.averageClean(), constraints.averageClean());
    }

    private static double below(double value, @Nullable Double floor) {
        return floor == null ? 0 : Math.max(0, floor - value);
    }

    private static String miss(BestPoint point, Constraints constraints) {
        var misses = new ArrayList<String>();
        say(misses, "average robust accuracy", point.averageRobust(), constraints.averageRobust());
        say(misses, "average clean accuracy", point.averageClean(), constraints.averageClean());
        return String.format(
                Locale.ROOT,
                "no point meets the constraints; the nearest one is %s, with %s",
                name(point.variant()),
                HumanWords.list(misses));
    }

    private static void say(Collection<String> misses, String what, double value, @Nullable Double floor) {
        if (below(value, floor) > 0 && floor != null) {
            misses.add(String.format(
                    Locale.ROOT,
                    "%s %s where %s is asked for",
                    what,
                    HumanWords.percent(value),
                    HumanWords.percent(floor)));
        }
    }

    /** Such as {@code fairness.policy=none, training.epochs=3}. */
    static String name(Map<String, String> variant) {
        List<String> words = variant.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .toList();
        return words.isEmpty() ? "the only one" : String.join(", ", words);
    }
}
