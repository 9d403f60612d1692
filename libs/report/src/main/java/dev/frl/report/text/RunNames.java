package dev.frl.report.text;

import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.report.statistics.Arm;
import dev.frl.report.statistics.Grouping;

/** Names of runs in reports and in MLflow. */
public final class RunNames {
    private RunNames() {}

    /** {@code frl-reweight, seed 2}. */
    public static String of(RunPlan plan) {
        return plan.warmStart() ? warmStart(plan) : named(Grouping.label(plan), plan, variesSplit(plan));
    }

    /** The same name of a run of which only the status is known. */
    public static String of(RunStatus run) {
        String label = run.warmStart() ? "warm start" : Grouping.label(run);
        String split = run.variant().get("dataset.split.seed");
        return label + ", seed " + run.seed() + (split == null ? "" : ", split " + split);
    }

    /** The same name with the arm's label in the comparison. */
    public static String of(Arm arm, RunHistory run) {
        boolean severalSplits = arm.runs().stream()
                        .map(r -> r.plan().settings().dataset().split().seed())
                        .distinct()
                        .count()
                > 1;
        return named(arm.label(), run.plan(), severalSplits);
    }

    public static String warmStart(RunPlan plan) {
        return named("warm start", plan, variesSplit(plan));
    }

    private static boolean variesSplit(RunPlan plan) {
        return plan.variant().containsKey("dataset.split.seed");
    }

    private static String named(String label, RunPlan plan, boolean withSplit) {
        var seeds = Grouping.seeds(plan);
        return label + ", seed " + seeds.training() + (withSplit ? ", split " + seeds.split() : "");
    }

    /** {@code 1 seed}, {@code 3 seeds}. */
    static String count(long n, String noun) {
        return n + " " + noun + (n == 1 ? "" : "s");
    }

    /** The text with a full stop at its end. */
    static String sentence(String text) {
        String trimmed = text.strip();
        return trimmed.isEmpty() || trimmed.endsWith(".") ? trimmed : trimmed + ".";
    }
}
