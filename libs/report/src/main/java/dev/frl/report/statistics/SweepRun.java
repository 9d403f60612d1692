package dev.frl.report.statistics;

import dev.frl.core.run.RunReport.Score;
import java.util.Collections;
import java.util.LinkedHashMap;
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
        State state,
        @Nullable Score score) {
    public SweepRun {
        variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
    }

    /** State of a run, as far as it matters for a comparison of points. */
    public enum State {
        /** It may train more epochs. */
        OPEN,
        /** It trained to its last epoch and was tested. */
        FINISHED,
        /** It ended before its last epoch: its search pruned it, or a user stopped it. */
        STOPPED,
        FAILED
    }
}
