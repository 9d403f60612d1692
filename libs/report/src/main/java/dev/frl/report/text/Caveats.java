package dev.frl.report.text;

import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.Selection;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import java.util.LinkedHashSet;
import java.util.List;

/** What a reader must know before trusting the numbers of a comparison. */
public final class Caveats {
    private Caveats() {}

    /** Sentences; none if every run finished and every arm has its control. */
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
            all.add("%s failed: %s".formatted(name, RunNames.sentence(failed.reason())));
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
            all.add("%s: compared on validation images so far, not on test images.".formatted(arm.label()));
        } else if (change.pairs().size() < tested(arm)) {
            all.add("%s: the comparison uses the %s that its control has as well."
                    .formatted(arm.label(), RunNames.count(change.pairs().size(), "seed")));
        }
    }

    private static long tested(Arm arm) {
        return arm.runs().stream()
                .filter(r -> r.testEvent(Selection.LAST).isPresent())
                .count();
    }
}
