package dev.frl.core.experiment;

import dev.frl.core.settings.Problems;
import dev.frl.core.settings.Range;
import org.jspecify.annotations.Nullable;

/**
 * How the runs of an experiment are carried out.
 *
 * @param asha successive halving; null to train every run to its last epoch
 * @param constraints floors that the best point must meet
 * @param parallelRuns most runs at the same time; null for no limit
 * @param maxFailedRuns most failed runs that the experiment survives; one more ends it; null for no limit
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

    public ExperimentSettings {
        var problems = new Problems();
        if (parallelRuns != null) {
            problems.in(PARALLEL_RUNS_RANGE, "parallelRuns", parallelRuns);
        }
        if (maxFailedRuns != null) {
            problems.in(MAX_FAILED_RUNS_RANGE, "maxFailedRuns", maxFailedRuns);
        }
        problems.throwIfAny();
    }

    /**
     * Successive halving over epochs (Li et al., "A System for Massively Parallel Hyperparameter Tuning"). Its rungs are the epochs
     * minEpochs · reduction^k below the run's last epoch. At each rung the best 1 / reduction of the
     * points go on.
     *
     * @param minEpochs epochs of the first rung
     * @param reduction η of the paper
     * @param lowerEnd whether a point is judged on the lower end of the interval of its worst class's robust accuracy
     */
    public record AshaSettings(int minEpochs, int reduction, boolean lowerEnd) {
        public static final Range MIN_EPOCHS_RANGE = Range.atLeast(1);
        public static final Range REDUCTION_RANGE = Range.atLeast(2);

        public static final int MIN_EPOCHS = 1;
        /** As in Hyperband (Li et al., 2018), which recommends 3 or 4. */
        public static final int REDUCTION = 3;

        public static final boolean LOWER_END = false;

        public AshaSettings {
            new Problems()
                    .in(MIN_EPOCHS_RANGE, "minEpochs", minEpochs)
                    .in(REDUCTION_RANGE, "reduction", reduction)
                    .throwIfAny();
        }
    }

    /**
     * Floors on accuracies, fractions in [0, 1]; null for none.
     *
     * @param averageRobust robust accuracy over all samples
     * @param averageClean clean accuracy over all samples
     */
    public record Constraints(
            @Nullable Double averageRobust, @Nullable Double averageClean) {
        public static final Range ACCURACY_RANGE =
                Range.closed(0, 1).named("an accuracy").withRemark("; for 35 % write 0.35");

        public static final Constraints NONE = new Constraints(null, null);

        public Constraints {
            var problems = new Problems();
            if (averageRobust != null) {
                problems.in(ACCURACY_RANGE, "averageRobust", averageRobust);
            }
            if (averageClean != null) {
                problems.in(ACCURACY_RANGE, "averageClean", averageClean);
            }
            problems.throwIfAny();
        }
    }
}
