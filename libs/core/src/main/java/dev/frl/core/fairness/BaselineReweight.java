package dev.frl.core.fairness;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.settings.FrlSettings;

/**
 * Reweights once, by the errors of epoch 0, the warm start, and keeps the weights:
 *
 * <pre>
 *   φ_nat  = Φ · max(0, γ_nat)  / Σ max(0, γ_nat)      0 if no class exceeds its tolerance
 *   φ_bndy = Φ · max(0, γ_bndy) / Σ max(0, γ_bndy)
 * </pre>
 *
 * with γ, Φ and the weights of {@link FairRobustLearning}. The paper has a baseline of this name, a fixed up-weighting of the
 * worst classes; we found no formula for it. This is the simplest one: it gives the whole cap Φ to the classes that FRL would
 * help, at once and without feedback.
 */
public final class BaselineReweight implements FairnessPolicy {
    private final FrlSettings settings;

    public BaselineReweight(FrlSettings settings) {
        this.settings = settings;
    }

    @Override
    public Multipliers initial(int classes) {
        return Multipliers.zero(classes);
    }

    @Override
    public FairnessUpdate next(PolicyState before, EpochEvaluation evaluation, int epoch) {
        return next(before.as(Multipliers.class), evaluation.errors(), epoch);
    }

    /** Likewise, from errors alone: the policy does not look at the counts behind them. */
    public FairnessUpdate next(Multipliers before, ClassErrors errors, int epoch) {
        before.standard().requireSameClassesAs(errors.standard());
        var multipliers = epoch == 0 ? fixed(errors) : before;
        var treatment = ClassTreatment.even(errors.standard().classes())
                .withWeights(
                        FairRobustLearning.weights(multipliers.standard()),
                        FairRobustLearning.weights(multipliers.boundary()));
        return new FairnessUpdate(epoch + 1, multipliers, treatment);
    }

    private Multipliers fixed(ClassErrors errors) {
        return new Multipliers(
                shared(FairRobustLearning.violation(
                        errors.standard(), errors.totalStandard(), settings.standardTolerance())),
                shared(FairRobustLearning.violation(
                        errors.boundary(), errors.totalBoundary(), settings.boundaryTolerance())),
                PerClass.all(errors.standard().classes(), 0));
    }

    /** The whole cap, shared in proportion to the positive violations. */
    private PerClass shared(PerClass violation) {
        var past = PerClass.generate(violation.classes(), i -> Math.max(0, violation.get(i)));
        double sum = past.sum();
        return sum == 0 ? past : PerClass.generate(past.classes(), i -> settings.cap() * past.get(i) / sum);
    }
}
