package dev.frl.cli.run;

import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.report.text.RunNames;
import java.util.Locale;
import java.util.Optional;

/** Short texts about a run: its name within the experiment, its phase and its worst class. */
public final class RunSummary {
    private RunSummary() {}

    /** Name of a run within its experiment. */
    public static String what(RunPlan plan) {
        return RunNames.of(plan);
    }

    /** The same name, from the status. */
    public static String what(RunStatus s) {
        return RunNames.of(s);
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
        return last == null
                ? Optional.empty()
                : Optional.of(worst(run, last.errors(), "epoch " + last.epoch() + partial(last)));
    }

    /** The same as the controller published it. */
    static Optional<WorstClass> worst(RunStatus s) {
        return Optional.ofNullable(s.latest())
                .map(latest -> new WorstClass(
                        1 - latest.worstRobust(),
                        latest.worstClass(),
                        1 - latest.robust(),
                        s.test() == null
                                ? "epoch " + latest.epoch()
                                        + (latest.partial() ? " (partial, " + latest.images() + " images)" : "")
                                : "test"));
    }

    static WorstClass worst(RunHistory run, ClassErrors errors, String on) {
        int worst = errors.robust().argMax();
        var names = run.classNames();
        String name = worst < names.size() ? names.get(worst) : "class " + worst;
        return new WorstClass(errors.robust().max(), name, errors.totalRobust(), on);
    }

    /** What follows the number of an epoch that was evaluated on a part of its images; empty for a whole one. */
    static String partial(EpochEvaluated e) {
        return e.isPartial() ? " (partial, " + e.images() + " images)" : "";
    }

    static String phase(RunStatus s) {
        return switch (s.phase()) {
            case WAITING_FOR_WARM_START -> "waits for warm start";
            case QUEUED -> "queued";
            case PAUSED -> "paused";
            case TRAINING -> "training";
            case EVALUATING -> "evaluating";
            case TESTING -> "testing";
            case FINISHED -> "finished";
            case FAILED -> "failed";
            case STOPPED -> "stopped";
        };
    }

    /** Phase with the shards of an evaluation, such as {@code evaluating 1/2}. */
    static String phaseAndShards(RunStatus s) {
        return s.shards() == 0
                ? phase(s)
                : String.format(Locale.ROOT, "%s %d/%d", phase(s), s.shardsDone(), s.shards());
    }

    /**
     * Such as {@code epoch 4/10, 37%, 812 images/s on host} or {@code 1/2 shards, 63%, 812 images/s on host}; empty if nobody
     * reported.
     */
    static Optional<String> progress(RunStatus s) {
        String what = s.shards() > 0
                ? String.format(Locale.ROOT, "%d/%d shards", s.shardsDone(), s.shards())
                : String.format(Locale.ROOT, "epoch %d/%d", s.epoch() + 1, s.epochs());
        return share(s).map(share ->
                what + ", " + share + rate(s).map(r -> ", " + r).orElse(""));
    }

    /** Share of the epoch or the evaluation that is done, such as {@code 37%}; empty if nobody reported. */
    static Optional<String> share(RunStatus s) {
        return Optional.ofNullable(s.progress()).map(p -> Bar.percent(p.share()).strip());
    }

    /** Such as {@code 812 images/s on host}; empty if it is unknown. */
    static Optional<String> rate(RunStatus s) {
        return Optional.ofNullable(s.progress())
                .filter(p -> Double.isFinite(p.imagesPerSecond()))
                .map(p -> String.format(
                        Locale.ROOT,
                        p.imagesPerSecond() < 10 ? "%.1f images/s on %s" : "%.0f images/s on %s",
                        p.imagesPerSecond(),
                        HumanFormat.line(p.host())));
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
