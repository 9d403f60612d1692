package dev.frl.report.statistics;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs that differ only in their seeds.
 *
 * @param label label, unique among the arms
 * @param policy policy of all its runs
 * @param runs runs, ordered by seed
 * @param after errors of the last weights; null if there was no evaluation yet
 * @param best errors of the best weights on the test images; null unless the spec requests them
 */
public record Arm(
        String label,
        Policy policy,
        List<RunHistory> runs,
        @Nullable Outcome after,
        @Nullable Outcome best) {
    public Arm {
        runs = List.copyOf(runs);
    }

    public boolean isControl() {
        return policy == Policy.NONE;
    }

    public RunHistory first() {
        return runs.get(0);
    }
}
