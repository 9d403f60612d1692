package dev.frl.report.statistics;

import dev.frl.core.errors.Wilson;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunReport.Score;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One run of a sweep, with its last accuracies on the validation images.
 *
 * @param variant swept settings: path to value as written
 * @param seed training seed
 * @param state how far it is
 * @param score accuracies of its last evaluated epoch; null before the first
 */
public record SweepRun(
        Map<String, String> variant,
        long seed,
        Standing state,
        @Nullable Score score) {
    public SweepRun {
        variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
    }

    /** The run with the accuracies of its last validation. */
    public static SweepRun of(RunHistory run) {
        EpochEvaluated last = null;
        for (EpochEvaluated e : run.evaluated().values()) {
            last = e;
        }
        var state = run.end().map(SweepRun::ended).orElse(Standing.OPEN);
        return new SweepRun(
                run.plan().variant(),
                run.plan().settings().training().seed(),
                state,
                last == null ? null : score(last, run.classNames()));
    }

    /** Accuracies of one validation. */
    public static Score score(EpochEvaluated evaluated, List<String> classNames) {
        var errors = evaluated.errors();
        var tally = evaluated.tally();
        int worst = errors.robust().argMax();
        return new Score(
                evaluated.epoch(),
                1 - errors.totalStandard(),
                1 - errors.totalRobust(),
                1 - errors.robust().max(),
                Wilson.low(tally.seen(worst) - tally.wrongRobust(worst), tally.seen(worst)),
                worst < classNames.size() ? classNames.get(worst) : "class " + worst,
                evaluated.images(),
                evaluated.isPartial());
    }

    private static Standing ended(RunEvent end) {
        return end instanceof Finished
                ? Standing.FINISHED
                : end instanceof Stopped ? Standing.STOPPED : Standing.FAILED;
    }

    /** State of a run, as far as it matters for a comparison of points. */
    public enum Standing {
        /** It may train more epochs. */
        OPEN,
        /** It trained to its last epoch and was tested. */
        FINISHED,
        /** It ended before its last epoch: its search pruned it, or a user stopped it. */
        STOPPED,
        FAILED
    }
}
