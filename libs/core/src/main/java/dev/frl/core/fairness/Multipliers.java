package dev.frl.core.fairness;

import dev.frl.core.errors.PerClass;

/**
 * What the controller remembers between epochs.
 *
 * @param standard φ_nat, each at least 0
 * @param boundary φ_bndy, each at least 0
 * @param margin logarithms of the margins, halved; any sign (lam2 in the authors' code)
 */
public record Multipliers(PerClass standard, PerClass boundary, PerClass margin) {
    public Multipliers {
        standard.requireSameClassesAs(boundary);
        standard.requireSameClassesAs(margin);
    }

    /** As at the start: all 0. */
    public static Multipliers zero(int classes) {
        var zero = PerClass.all(classes, 0);
        return new Multipliers(zero, zero, zero);
    }
}
