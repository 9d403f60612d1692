package dev.frl.cli.run;

import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.core.run.Selection;
import dev.frl.report.text.RunNames;
import dev.frl.spec.ExperimentPlan;
import java.util.Optional;

/** Short texts about a run: its name within the experiment, its phase and its worst class. */
public final class RunSummary {
    private RunSummary() {}

    /** Name of a run within its experiment. */
    public static String what(RunPlan plan) {
        return RunNames.of(plan);
    }

    /**
     * The class with the highest robust error.
     *
     * @param robustError robust error of this class
     * @param totalRobustError robust error over all classes
     * @param on what was evaluated, such as {@code epoch 3} or {@code test}
     */
    record WorstClass(double robustError, String className, double totalRobustError, String on) {}

    /** From the test if there was one, else from the last evaluated epoch. */
    static Optional<WorstClass> worst(RunHistory run) {
        var test = run.test(Selection.LAST);
        if (test.isPresent()) {
            return Optional.of(worst(run, test.get(), "test"));
        }
        EpochEvaluated last = null;
        for (EpochEvaluated evaluated : run.evaluated().values()) {
            last = evaluated;
        }
        return last == null ? Optional.empty() : Optional.of(worst(run, last.errors(), "epoch " + last.epoch()));
    }

    static WorstClass worst(RunHistory run, ClassErrors errors, String on) {
        int worst = errors.robust().argMax();
        var names = run.classNames();
        String name = worst < names.size() ? names.get(worst) : "class " + worst;
        return new WorstClass(errors.robust().max(), name, errors.totalRobust(), on);
    }

    static String phase(RunStatus s) {
        return switch (s.phase()) {
            case WAITING_FOR_WARM_START -> "waits for warm start";
            case QUEUED -> "queued";
            case TRAINING -> "training";
            case EVALUATING -> "evaluating";
            case TESTING -> "testing";
            case FINISHED -> "finished";
            case FAILED -> "failed";
        };
    }

    /** Epochs done and in total, such as {@code 4/10}. */
    static String epochs(RunStatus s) {
        return s.epoch() < 0 ? "-/" + s.epochs() : s.epoch() + "/" + s.epochs();
    }

    /** Number of runs of an experiment, such as {@code 2 runs and 1 warm start}. */
    public static String counted(ExperimentPlan plan) {
        long warm = plan.runs().stream().filter(RunPlan::warmStart).count();
        String runs = HumanFormat.count(plan.runs().size() - warm, "run");
        return warm == 0 ? runs : runs + " and " + HumanFormat.count(warm, "warm start");
    }
}
