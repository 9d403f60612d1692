package dev.frl.report.text;

import dev.frl.core.HumanTime;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Change;
import dev.frl.report.statistics.Comparison;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;

/** Sentences on runs and arms whose numbers are missing, unfinished or not comparable. */
public final class Caveats {
    /** A search may stop most of its runs: the tables of points and runs then say why. */
    private static final int MOST_STOPPED = 5;

    private Caveats() {}

    /** The sentences; empty if every run finished and every arm has its control. */
    public static List<String> of(Comparison comparison) {
        var all = new LinkedHashSet<String>();
        long stopped = comparison.arms().stream()
                .flatMap(a -> a.runs().stream())
                .filter(Caveats::isStopped)
                .count();
        if (stopped > MOST_STOPPED) {
            all.add(String.format(
                    Locale.ROOT, "%d runs were stopped before their last epoch; the table of runs says why.", stopped));
        }
        for (RunHistory warmStart : comparison.warmStarts()) {
            addState(all, RunNames.warmStart(warmStart.plan()), warmStart);
            addPartial(all, RunNames.warmStart(warmStart.plan()), warmStart);
        }
        for (Arm arm : comparison.arms()) {
            for (RunHistory run : arm.runs()) {
                if (stopped <= MOST_STOPPED || !isStopped(run)) {
                    addState(all, RunNames.of(arm, run), run);
                }
                addPartial(all, RunNames.of(arm, run), run);
            }
        }
        for (Arm arm : comparison.arms()) {
            addComparability(all, comparison, arm);
        }
        return List.copyOf(all);
    }

    private static boolean isStopped(RunHistory run) {
        return run.end().orElse(null) instanceof Stopped;
    }

    private static void addState(LinkedHashSet<String> all, String name, RunHistory run) {
        if (run.end().orElse(null) instanceof Failed failed) {
            all.add(String.format(
                    Locale.ROOT, "%s failed: %s", name, RunNames.sentence(HumanTime.in(failed.reason()))));
        } else if (run.end().orElse(null) instanceof Stopped stopped) {
            all.add(String.format(
                    Locale.ROOT,
                    "%s was stopped, %s: %s",
                    name,
                    trained(run),
                    RunNames.sentence(HumanTime.in(stopped.reason()))));
        } else if (!run.finished()) {
            all.add(String.format(Locale.ROOT, "%s is not finished: %s.", name, trained(run)));
        }
    }

    private static void addPartial(LinkedHashSet<String> all, String name, RunHistory run) {
        run.evaluated().values().stream()
                .filter(EpochEvaluated::isPartial)
                .forEach(epoch -> all.add(String.format(
                        Locale.ROOT,
                        "%s: epoch %d is partial: its errors are over the %d images of %d of %d shards"
                                + " (schedule.minShardFraction).",
                        name,
                        epoch.epoch(),
                        epoch.images(),
                        epoch.shards(),
                        epoch.allShards())));
    }

    private static String trained(RunHistory run) {
        int epoch = run.trained().keySet().stream().mapToInt(e -> e).max().orElse(-1);
        int epochs = run.plan().settings().training().epochs();
        return epoch < 0
                ? "nothing is trained yet"
                : String.format(Locale.ROOT, "epoch %d of %d is trained", epoch, epochs);
    }

    private static void addComparability(LinkedHashSet<String> all, Comparison comparison, Arm arm) {
        if (arm.isControl()) {
            return;
        }
        Change change = comparison.change(arm);
        if (!change.isPresent()) {
            all.add(String.format(Locale.ROOT, "%s: %s", arm.label(), change.missing()));
        } else if (change.provisional()) {
            all.add(String.format(
                    Locale.ROOT,
                    "%s: compared on validation images, since %s.",
                    arm.label(),
                    arm.runs().stream().allMatch(Caveats::isStopped)
                            ? "all its runs were stopped"
                            : "the test is not finished"));
        } else if (change.pairs().size() < tested(arm)) {
            all.add(String.format(
                    Locale.ROOT,
                    "%s: the comparison uses only the %s that its control has too.",
                    arm.label(),
                    RunNames.count(change.pairs().size(), "seed")));
        }
    }

    private static long tested(Arm arm) {
        return arm.runs().stream()
                .filter(r -> r.testEvent(Selection.LAST).isPresent())
                .count();
    }
}
