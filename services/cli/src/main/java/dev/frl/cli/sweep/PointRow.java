package dev.frl.cli.sweep;

import dev.frl.core.run.Phase;
import dev.frl.core.run.RunReport.Score;
import dev.frl.core.run.RunStatus;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.statistics.SweepRun;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A point with the status of its runs.
 *
 * @param point accuracies on the validation images
 * @param runs its runs, ordered by seed
 */
record PointRow(SweepPoint point, List<RunStatus> runs) {
    PointRow {
        runs = List.copyOf(runs);
    }

    static SweepRun.Standing state(RunStatus run) {
        return switch (run.phase()) {
            case FINISHED -> SweepRun.Standing.FINISHED;
            case FAILED -> SweepRun.Standing.FAILED;
            case STOPPED -> SweepRun.Standing.STOPPED;
            case WAITING_FOR_WARM_START, QUEUED, PAUSED, TRAINING, EVALUATING, TESTING -> SweepRun.Standing.OPEN;
        };
    }

    /** A mean over seeds of accuracies on the test images; no runs, no mean. */
    Interval test(ToDoubleFunction<Score> accuracy) {
        return Interval.of(runs.stream()
                .filter(run -> run.phase() == Phase.FINISHED)
                .flatMap(run -> Stream.ofNullable(run.test()))
                .map(accuracy::applyAsDouble)
                .toList());
    }

    /** Lower end of the interval over the images, of the worst class of the only run with a score; NaN if there are more. */
    double lowOverImages(boolean test) {
        boolean finished = point.isFinished();
        var lows = runs.stream()
                .filter(run -> finished ? run.phase() == Phase.FINISHED : run.phase() != Phase.FAILED)
                .map(run -> score(run, test))
                .flatMap(Stream::ofNullable)
                .map(Score::worstRobustLow)
                .toList();
        return lows.size() == 1 ? lows.get(0) : Double.NaN;
    }

    private static @Nullable Score score(RunStatus run, boolean test) {
        return test ? run.test() : run.validation();
    }

    /** Number of its runs in a state. */
    long count(SweepRun.Standing state) {
        return point.count(state);
    }

    /** Why its runs failed, or else were stopped or rest; empty for other runs. */
    Optional<String> note() {
        return first(Phase.FAILED).or(() -> first(Phase.STOPPED)).or(() -> first(Phase.PAUSED));
    }

    private Optional<String> first(Phase phase) {
        return runs.stream()
                .filter(run -> run.phase() == phase)
                .map(RunStatus::reason)
                .findFirst();
    }
}
