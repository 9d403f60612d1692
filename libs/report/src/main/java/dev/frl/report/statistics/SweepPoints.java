package dev.frl.report.statistics;

import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The points of a sweep, compared by the worst class's robust accuracy on the validation images. The test images are not for choices.
 *
 * @param all every point, in the order of its first run
 */
public record SweepPoints(List<SweepPoint> all) {
    private static final Comparator<SweepPoint> MERIT = Comparator.comparingDouble(
                    (SweepPoint p) -> p.worstRobust().mean())
            .thenComparingDouble(p -> p.averageRobust().mean())
            .thenComparingDouble(p -> p.averageClean().mean());

    public SweepPoints {
        all = List.copyOf(all);
    }

    /** @param runs runs of one experiment without warm starts, in the order of the sweep */
    public static SweepPoints of(Collection<SweepRun> runs) {
        Map<Map<String, String>, List<SweepRun>> byVariant = new LinkedHashMap<>();
        for (SweepRun run : runs) {
            byVariant
                    .computeIfAbsent(Grouping.pointVariant(run.variant()), v -> new ArrayList<>())
                    .add(run);
        }
        var points = new ArrayList<SweepPoint>();
        byVariant.forEach((variant, of) -> {
            of.sort(Comparator.comparingLong(SweepRun::seed));
            points.add(SweepPoint.of(variant, of));
        });
        return new SweepPoints(points);
    }

    /** @param runs of one experiment, warm starts included, in any order: points are ordered by their names */
    public static SweepPoints ofHistories(Collection<RunHistory> runs) {
        return of(runs.stream()
                .filter(run -> !run.plan().warmStart())
                .map(SweepRun::of)
                .sorted(Comparator.comparing(run -> Grouping.pointName(run.variant()), Grouping::naturalOrder))
                .toList());
    }

    /** Whether the run is a seed of the point, both of one experiment. */
    public static boolean isOf(SweepPoint point, RunPlan run) {
        return !run.warmStart() && Grouping.pointVariant(run.variant()).equals(point.variant());
    }

    private List<SweepPoint> finished() {
        return all.stream().filter(SweepPoint::isFinished).toList();
    }

    /** The finished point with the highest means among those that meet the constraints, the first of equals; as the controller chooses. */
    public Optional<SweepPoint> best(Constraints constraints) {
        return finished().stream()
                .filter(p -> p.shortfall(constraints) == 0)
                .reduce((a, b) -> MERIT.compare(b, a) > 0 ? b : a);
    }

    /** The finished point that lacks least to the constraints; empty if a point meets them, and if none has finished. */
    public Optional<SweepPoint> nearestMiss(Constraints constraints) {
        return best(constraints).isPresent()
                ? Optional.empty()
                : finished().stream().reduce((a, b) -> b.shortfall(constraints) < a.shortfall(constraints) ? b : a);
    }

    /**
     * The Pareto front: finished points of which no other is at least as good both in the worst class and on average, and better in one
     * of the two. From the best worst class to the best average; equal points are all on it.
     */
    public List<SweepPoint> front() {
        var points = finished();
        return points.stream()
                .filter(p -> points.stream().noneMatch(other -> dominates(other, p)))
                .sorted(Comparator.comparingDouble(
                        (SweepPoint p) -> -p.worstRobust().mean()))
                .toList();
    }

    private static boolean dominates(SweepPoint a, SweepPoint b) {
        double worst = a.worstRobust().mean() - b.worstRobust().mean();
        double average = a.averageRobust().mean() - b.averageRobust().mean();
        return worst >= 0 && average >= 0 && (worst > 0 || average > 0);
    }
}
