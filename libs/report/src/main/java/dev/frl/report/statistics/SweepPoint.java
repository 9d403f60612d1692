package dev.frl.report.statistics;

import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.run.RunReport.Score;
import dev.frl.report.statistics.SweepRun.Standing;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One point of a sweep. Its means are over its finished runs. Where none has finished they are over the runs that have not failed, at
 * their last epochs, and compare with those of no other point.
 *
 * @param name such as {@code frl-reweight, beta=6}
 * @param variant swept settings but the seed: path to value as written
 * @param runs all its runs, ordered by seed
 * @param worstRobust robust accuracy of each seed's own worst class
 * @param averageRobust robust accuracy over all samples
 * @param averageClean clean accuracy over all samples
 * @param epoch epoch of the means, the earliest one where seeds differ; −1 without an evaluation
 */
public record SweepPoint(
        String name,
        Map<String, String> variant,
        List<SweepRun> runs,
        Interval worstRobust,
        Interval averageRobust,
        Interval averageClean,
        int epoch) {
    public SweepPoint {
        variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
        runs = List.copyOf(runs);
    }

    static SweepPoint of(Map<String, String> variant, List<SweepRun> runs) {
        boolean finished = count(runs, Standing.FINISHED) > 0;
        var scores = runs.stream()
                .filter(r -> finished ? r.state() == Standing.FINISHED : r.state() != Standing.FAILED)
                .flatMap(r -> Stream.ofNullable(r.score()))
                .toList();
        return new SweepPoint(
                Grouping.pointName(variant),
                variant,
                runs,
                interval(scores, Score::worstRobust),
                interval(scores, Score::robust),
                interval(scores, Score::clean),
                scores.stream().mapToInt(Score::epoch).min().orElse(-1));
    }

    private static Interval interval(List<Score> scores, ToDoubleFunction<Score> accuracy) {
        return Interval.of(scores.stream().map(accuracy::applyAsDouble).toList());
    }

    private static long count(List<SweepRun> runs, Standing state) {
        return runs.stream().filter(r -> r.state() == state).count();
    }

    /** Number of its runs in a state. */
    public long count(Standing state) {
        return count(runs, state);
    }

    /** Whether its means are over finished runs. Only then it can be the best one, and is it on the front. */
    public boolean isFinished() {
        return count(Standing.FINISHED) > 0 && worstRobust.count() > 0;
    }

    /** Sum of what the point lacks to the floors; 0 if it meets the constraints. */
    public double shortfall(Constraints constraints) {
        return below(averageRobust.mean(), constraints.averageRobust())
                + below(averageClean.mean(), constraints.averageClean());
    }

    private static double below(double value, @Nullable Double floor) {
        return floor == null ? 0 : Math.max(0, floor - value);
    }
}
