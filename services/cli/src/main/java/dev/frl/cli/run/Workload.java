package dev.frl.cli.run;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import java.time.Duration;
import java.time.Instant;

/**
 * Estimated work of a run, total and done, so that a progress bar moves evenly. Unit: one forward and backward pass of one
 * image. An estimate, since an evaluation stops attacking an image once it is misclassified.
 */
final class Workload {
    /** Share of attack steps that an evaluation computes: about half in practice. */
    private static final double COMPUTED = 0.5;
    /** Limit for the estimate of the epoch in training: it is not shown as done before it is. */
    private static final double ALMOST = 0.95;

    private final double trainEpoch;
    private final double validation;
    private final double test;
    private final int tests;
    private final int epochs;

    private Workload(RunPlan plan) {
        RunSettings s = plan.settings();
        var split = s.dataset().split();
        boolean attacks = s.training().method() != TrainingMethod.NATURAL;
        trainEpoch = split.train() * (2.0 + (attacks ? s.attack().training().stepsTaken() : 0));
        validation = split.validation() * (1 + COMPUTED * steps(s.attack().validation()));
        test = split.test() * (1 + COMPUTED * steps(s.attack().test()));
        tests = s.attack().test().best() ? 2 : 1;
        epochs = s.training().epochs();
    }

    private static double steps(Attacks.EvaluationAttack evaluation) {
        return (double) evaluation.restartsTaken() * evaluation.attack().stepsTaken();
    }

    static Workload of(RunPlan plan) {
        return new Workload(plan);
    }

    /** Includes the evaluation of the start as epoch 0. */
    double total() {
        return epochs * trainEpoch + (epochs + 1) * validation + tests * test;
    }

    double trainEpoch() {
        return trainEpoch;
    }

    /**
     * @param begun start of this process: a restart trains the current epoch from its beginning
     * @param now current time, for an epoch whose trainer reports nothing
     * @param epochTime training time of an epoch of this run; zero if unknown
     */
    double done(RunHistory run, RunStatus status, Instant begun, Instant now, Duration epochTime) {
        int trained = (int) run.trained().keySet().stream().filter(e -> e > 0).count();
        double done = trained * trainEpoch + run.evaluated().size() * validation;
        for (Selection selection : Selection.values()) {
            done += run.test(selection).isPresent() ? test : 0;
        }
        var reported = status.progress();
        if (status.phase() == Phase.EVALUATING || status.phase() == Phase.TESTING) {
            double counted = status.shards() == 0 ? 0 : (double) status.shardsDone() / status.shards();
            double share = reported == null ? counted : Math.max(counted, reported.share());
            done += share * (status.phase() == Phase.EVALUATING ? validation : test);
        } else if (status.phase() == Phase.TRAINING && reported != null) {
            done += reported.share() * trainEpoch;
        } else if (status.phase() == Phase.TRAINING && !epochTime.isZero()) {
            var from = status.since().isBefore(begun) ? begun : status.since();
            double since = Math.max(0, Duration.between(from, now).toMillis());
            done += Math.min(ALMOST, since / epochTime.toMillis()) * trainEpoch;
        }
        return Math.min(done, total());
    }
}
