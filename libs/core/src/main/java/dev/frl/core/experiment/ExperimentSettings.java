package dev.frl.core.experiment;

import dev.frl.core.settings.Range;
import org.jspecify.annotations.Nullable;

/**
 * How the runs of an experiment are carried out.
 *
 * @param asha successive halving; null to train every run to its last epoch
 * @param constraints floors that the best point must meet
 * @param parallelRuns most runs at the same time; null for no limit
 * @param maxFailedRuns the experiment ends as failed once more of its runs than this have failed, as maxFailedIndexes of a Kubernetes
 *     Job; null for no limit
 */
public record ExperimentSettings(
        @Nullable AshaSettings asha,
        Constraints constraints,
        @Nullable Integer parallelRuns,
        @Nullable Integer maxFailedRuns) {
    public static final Range PARALLEL_RUNS_RANGE = Range.atLeast(1);
    public static final Range MAX_FAILED_RUNS_RANGE = Range.atLeast(0);

    /** Every run to its last epoch, without limits. */
    public static final ExperimentSettings ALL_RUNS = new ExperimentSettings(null, Constraints.NONE, null, null);

    /**
     * Successive halving over epochs (Li et al., "A System for Massively Parallel Hyperparameter Tuning"). Its rungs are the epochs
     * minEpochs · reduction^k below the run's last epoch. At each rung a point goes on if it is among the best 1 / reduction of the
     * points before it and itself.
     *
     * @param minEpochs epochs of the first rung
     * @param reduction η of the paper
     * @param lowerEnd whether a point is judged on the lower end of the interval of its worst class's robust accuracy
     */
    public record AshaSettings(int minEpochs, int reduction, boolean lowerEnd) {
        public static final Range MIN_EPOCHS_RANGE = Range.atLeast(1);
        public static final Range REDUCTION_RANGE = Range.atLeast(2);
    }

    /**
     * Floors on accuracies, fractions in [0, 1]; null for none.
     *
     * @param averageRobust robust accuracy over all samples
     * @param averageClean clean accuracy over all samples
     */
    public record Constraints(
            @Nullable Double averageRobust, @Nullable Double averageClean) {
        public static final Constraints NONE = new Constraints(null, null);
    }
}
