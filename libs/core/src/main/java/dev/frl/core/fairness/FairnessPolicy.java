package dev.frl.core.fairness;

import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FrlSettings;

/**
 * A rule that computes the class treatment of the next epoch from the evaluation of an epoch.
 *
 * <p>A policy is a pure function with its settings: the same state, evaluation and epoch give the same update. So a run can be
 * replayed. It judges held-out data, also where its paper took training errors.
 */
public interface FairnessPolicy {
    /** State before the first evaluation. */
    PolicyState initial(int classes);

    /**
     * @param before the state so far
     * @param evaluation after epoch {@code epoch}
     * @param epoch from 0, the warm start
     * @throws IllegalArgumentException if the state is another policy's, or has another number of classes
     */
    FairnessUpdate next(PolicyState before, EpochEvaluation evaluation, int epoch);

    /** The policy that the settings name. */
    static FairnessPolicy of(FairnessSettings settings) {
        return switch (settings.policy()) {
            case NONE -> new EvenTreatment();
            case BASELINE_REWEIGHT -> new BaselineReweight(FrlSettings.of(settings));
            case FRL_REWEIGHT, FRL_REMARGIN, FRL_REWEIGHT_REMARGIN -> new FairRobustLearning(FrlSettings.of(settings));
        };
    }
}
