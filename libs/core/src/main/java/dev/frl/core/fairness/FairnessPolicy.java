package dev.frl.core.fairness;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;

/**
 * Computes class weights and margins for the next epoch from the errors of an epoch.
 *
 * <p>Fair Robust Learning (Xu et al., ICML 2021, Algorithm 1), with the clips and caps that only the authors' code has:
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
 *
 * <p>Baseline Reweight computes its multipliers once, from the errors of epoch 0, the warm start, and keeps them:
 *
 * <pre>
 *   φ_nat  = Φ · max(0, γ_nat)  / Σ max(0, γ_nat)      0 if no class exceeds its tolerance
 *   φ_bndy = Φ · max(0, γ_bndy) / Σ max(0, γ_bndy)
 * </pre>
 *
 * The paper has a baseline of this name, a fixed up-weighting of the worst classes; we found no formula for it. This is the
 * simplest one: it gives the whole cap Φ to the classes that FRL would help, at once and without feedback.
 */
public final class FairnessPolicy {
    private final FairnessSettings settings;

    public FairnessPolicy(FairnessSettings settings) {
        this.settings = settings;
    }

    /**
     * @param before the multipliers so far
     * @param errors measured after epoch {@code epoch}
     * @param epoch from 0, the warm start
     */
    public FairnessUpdate next(Multipliers before, ClassErrors errors, int epoch) {
        before.standard().requireSameClassesAs(errors.standard());
        var violationStandard = violation(errors.standard(), errors.totalStandard(), settings.standardTolerance());
        var violationBoundary = violation(errors.boundary(), errors.totalBoundary(), settings.boundaryTolerance());
        var multipliers = settings.policy() == Policy.BASELINE_REWEIGHT
                ? (epoch == 0 ? fixed(violationStandard, violationBoundary) : before)
                : step(before, violationStandard, violationBoundary, epoch);
        return new FairnessUpdate(epoch + 1, multipliers, treatment(multipliers));
    }

    private Multipliers fixed(PerClass violationStandard, PerClass violationBoundary) {
        return new Multipliers(
                shared(violationStandard), shared(violationBoundary), PerClass.all(violationStandard.classes(), 0));
    }

    /** The whole cap, shared in proportion to the positive violations. */
    private PerClass shared(PerClass violation) {
        var past = PerClass.generate(violation.classes(), i -> Math.max(0, violation.get(i)));
        double sum = past.sum();
        return sum == 0 ? past : PerClass.generate(past.classes(), i -> settings.cap() * past.get(i) / sum);
    }

    private Multipliers step(Multipliers before, PerClass violationStandard, PerClass violationBoundary, int epoch) {
        double halved = Math.pow(0.5, epoch / settings.rates().halveEvery());
        return new Multipliers(
                settings.policy().reweights()
                        ? ascend(
                                before.standard(),
                                violationStandard,
                                settings.rates().standard() * halved)
                        : before.standard(),
                settings.policy().reweights()
                        ? ascend(
                                before.boundary(),
                                violationBoundary,
                                settings.rates().boundary() * halved)
                        : before.boundary(),
                settings.policy().remargins()
                        ? add(
                                before.margin(),
                                violationBoundary,
                                settings.rates().margin())
                        : before.margin());
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
        return new ClassTreatment(
                weights(multipliers.standard()),
                weights(multipliers.boundary()),
                PerClass.generate(
                        multipliers.margin().classes(),
                        i -> margin(multipliers.margin().get(i))));
    }

    private static PerClass weights(PerClass phi) {
        int classes = phi.classes();
        double sum = phi.sum();
        return PerClass.generate(classes, i -> 1.0 / classes + phi.get(i) - sum / classes);
    }

    private double margin(double psi) {
        return Math.max(settings.marginFloor(), Math.min(settings.marginCeiling(), Math.exp(2 * psi)));
    }
}
