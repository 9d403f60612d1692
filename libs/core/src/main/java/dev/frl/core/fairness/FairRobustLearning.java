package dev.frl.core.fairness;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.settings.FrlSettings;

/**
 * Fair Robust Learning (Xu et al., ICML 2021, Algorithm 1), with the clips and caps that only the authors' code has:
 *
 * <pre>
 *   γ_nat,i  = R_nat(f, i)  − R_nat(f)  − τ_1         violation: how far class i exceeds its tolerance
 *   γ_bndy,i = R_bndy(f, i) − R_bndy(f) − τ_2
 *   φ_nat  ← cap(max(0, φ_nat  + α_1 γ_nat))           cap(φ) = φ · min(1, Φ / Σφ)
 *   φ_bndy ← cap(max(0, φ_bndy + α_2 γ_bndy))
 *   w_i     = 1/C + φ_i − Σφ / C                       sums to 1
 *   ψ_i    ← ψ_i + α_3 γ_bndy,i                        no clip: a margin can shrink again
 *   ε_i     = ε · clamp(exp(2 ψ_i), floor, ceiling)
 * </pre>
 *
 * α_1 and α_2 are halved every {@code halveEvery} epochs. Reweight leaves ψ at 0; Remargin keeps all weights equal. A class
 * without samples keeps its multipliers.
 */
public final class FairRobustLearning implements FairnessPolicy {
    private final FrlSettings settings;

    public FairRobustLearning(FrlSettings settings) {
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
        var violationStandard = violation(errors.standard(), errors.totalStandard(), settings.standardTolerance());
        var violationBoundary = violation(errors.boundary(), errors.totalBoundary(), settings.boundaryTolerance());
        var multipliers = step(before, violationStandard, violationBoundary, epoch);
        return new FairnessUpdate(epoch + 1, multipliers, treatment(multipliers));
    }

    private Multipliers step(Multipliers before, PerClass violationStandard, PerClass violationBoundary, int epoch) {
        var rates = settings.rates();
        double halved = Math.pow(0.5, epoch / rates.halveEvery());
        var after = before;
        if (settings.policy().reweights()) {
            after = new Multipliers(
                    ascend(before.standard(), violationStandard, rates.standard() * halved),
                    ascend(before.boundary(), violationBoundary, rates.boundary() * halved),
                    after.margin());
        }
        if (settings.policy().remargins()) {
            after = new Multipliers(
                    after.standard(), after.boundary(), add(before.margin(), violationBoundary, rates.margin()));
        }
        return after;
    }

    /** γ: how far each class exceeds its tolerance; 0 for a class without samples. */
    static PerClass violation(PerClass error, double total, double tolerance) {
        return PerClass.generate(
                error.classes(), i -> Double.isNaN(error.get(i)) ? 0 : error.get(i) - total - tolerance);
    }

    private PerClass ascend(PerClass phi, PerClass violation, double rate) {
        var ascended = PerClass.generate(phi.classes(), i -> Math.max(0, phi.get(i) + rate * violation.get(i)));
        return ascended.times(Math.min(1, settings.cap() / ascended.sum())); // Φ/0 is ∞, and min takes 1
    }

    private static PerClass add(PerClass psi, PerClass violation, double rate) {
        return PerClass.generate(psi.classes(), i -> psi.get(i) + rate * violation.get(i));
    }

    /** Weights and margins for these multipliers. */
    public ClassTreatment treatment(Multipliers multipliers) {
        var psi = multipliers.margin();
        return ClassTreatment.even(psi.classes())
                .withWeights(weights(multipliers.standard()), weights(multipliers.boundary()))
                .withMargins(PerClass.generate(psi.classes(), i -> margin(psi.get(i))));
    }

    static PerClass weights(PerClass phi) {
        int classes = phi.classes();
        double sum = phi.sum();
        return PerClass.generate(classes, i -> 1.0 / classes + phi.get(i) - sum / classes);
    }

    private double margin(double psi) {
        return Math.max(settings.marginFloor(), Math.min(settings.marginCeiling(), Math.exp(2 * psi)));
    }
}
