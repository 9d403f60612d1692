package dev.frl.core.fairness;

import dev.frl.core.errors.PerClass;

/**
 * State of {@link FairRobustLearning} and {@link BaselineReweight}.
 *
 * @param standard φ_nat, each at least 0
 * @param boundary φ_bndy, each at least 0
 * @param margin ψ, half the logarithm of each margin; any sign (lam2 in the authors' code)
 */
public record Multipliers(PerClass standard, PerClass boundary, PerClass margin) implements PolicyState {
    public Multipliers {
        standard.requireSameClassesAs(boundary);
        standard.requireSameClassesAs(margin);
    }

    /** All 0, as before the first epoch. */
    public static Multipliers zero(int classes) {
        var zero = PerClass.all(classes, 0);
        return new Multipliers(zero, zero, zero);
    }
}
