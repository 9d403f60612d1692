package dev.frl.report.text;

import dev.frl.core.HumanTime;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.Selection;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import java.util.LinkedHashSet;
import java.util.List;

/** Sentences on runs and arms whose numbers are missing, unfinished or not comparable. */
public final class Caveats {
    private Caveats() {}

    /** The sentences; empty if every run finished and every arm has its control. */
    public static List<String> of(Comparison comparison) {
        var all = new LinkedHashSet<String>();
        for (RunHistory warmStart : comparison.warmStarts()) {
            addState(all, RunNames.warmStart(warmStart.plan()), warmStart);
        }
        for (Arm arm : comparison.arms()) {
            for (RunHistory run : arm.runs()) {
                addState(all, RunNames.of(arm, run), run);
            }
        }
        for (Arm arm : comparison.arms()) {
            addComparability(all, comparison, arm);
        }
        return List.copyOf(all);
    }

    private static void addState(LinkedHashSet<String> all, String name, RunHistory run) {
        if (run.end().orElse(null) instanceof Failed failed) {
            all.add("%s failed: %s".formatted(name, RunNames.sentence(HumanTime.in(failed.reason()))));
        } else if (!run.finished()) {
            int epoch = run.trained().keySet().stream().mapToInt(e -> e).max().orElse(-1);
            int epochs = run.plan().settings().training().epochs();
            String where = epoch < 0 ? "nothing is trained yet" : "epoch %d of %d is trained".formatted(epoch, epochs);
            all.add("%s is not finished: %s.".formatted(name, where));
        }
    }

    private static void addComparability(LinkedHashSet<String> all, Comparison comparison, Arm arm) {
        if (arm.isControl()) {
            return;
        }
        Change change = comparison.change(arm);
        if (!change.isPresent()) {
            all.add("%s: %s".formatted(arm.label(), change.missing()));
        } else if (change.provisional()) {
            all.add("%s: compared on validation images, since the test is not finished.".formatted(arm.label()));
        } else if (change.pairs().size() < tested(arm)) {
            all.add("%s: the comparison uses only the %s that its control has too."
                    .formatted(arm.label(), RunNames.count(change.pairs().size(), "seed")));
        }
    }

    private static long tested(Arm arm) {
        return arm.runs().stream()
                .filter(r -> r.testEvent(Selection.LAST).isPresent())
                .count();
    }
}
