package dev.frl.cli.run;

import dev.frl.core.run.Phase;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.core.run.Selection;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.settings.TrainingMethod;
import java.time.Duration;
import java.time.Instant;

/**
 * How much work a run is and how much of it is done, so that a bar moves evenly. Unit: one forward and backward pass of one
 * image; an estimate, since evaluation spares images that have fallen already.
 */
public final class Workload {
    /** What evaluation spares, roughly half in practice. */
    private static final double SPARED = 0.5;
    /** A training that takes longer than expected is never shown as done. */
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
        validation = split.validation() * (1 + SPARED * steps(s.attack().validation()));
        test = split.test() * (1 + SPARED * steps(s.attack().test()));
        tests = s.attack().test().best() ? 2 : 1;
        epochs = s.training().epochs();
    }

    private static double steps(Attacks.EvaluationAttack evaluation) {
        return (double) evaluation.restartsTaken() * evaluation.attack().stepsTaken();
    }

    static Workload of(RunPlan plan) {
        return new Workload(plan);
    }

    /** The start is evaluated too, as epoch 0. */
    double total() {
        return epochs * trainEpoch + (epochs + 1) * validation + tests * test;
    }

    double trainEpoch() {
        return trainEpoch;
    }

    /**
     * @param now for the epoch that is being trained
     * @param epochTime how long this run's epochs take to train; zero if that is not known
     */
    double done(RunHistory run, RunStatus status, Instant now, Duration epochTime) {
        if (status.phase().isTerminal()) {
            return total();
        }
        int trained = (int) run.trained().keySet().stream().filter(e -> e > 0).count();
        double done = trained * trainEpoch + run.evaluated().size() * validation;
        for (Selection weights : Selection.values()) {
            done += run.test(weights).isPresent() ? test : 0;
        }
        double shards = status.shards() == 0 ? 0 : (double) status.shardsDone() / status.shards();
        if (status.phase() == Phase.EVALUATING) {
            done += shards * validation;
        } else if (status.phase() == Phase.TESTING) {
            done += shards * test;
        } else if (status.phase() == Phase.TRAINING && !epochTime.isZero()) {
            double since = Math.max(0, Duration.between(status.since(), now).toMillis());
            done += Math.min(ALMOST, since / epochTime.toMillis()) * trainEpoch;
        }
        return Math.min(done, total());
    }
}
