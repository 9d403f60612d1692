package dev.frl.core.fairness;

import dev.frl.core.errors.PerClass;

/**
 * How the next epoch treats each class.
 *
 * @param standardWeights weight in the standard term of the loss; they sum to 1
 * @param boundaryWeights weight in the boundary term; they sum to 1
 * @param margins factor on the radius of the inner attack of training
 */
public record ClassTreatment(PerClass standardWeights, PerClass boundaryWeights, PerClass margins) {
    public ClassTreatment {
        standardWeights.requireSameClassesAs(boundaryWeights);
        standardWeights.requireSameClassesAs(margins);
    }

    /** All classes alike. */
    public static ClassTreatment equal(int classes) {
        var weights = PerClass.all(classes, 1.0 / classes);
        return new ClassTreatment(weights, weights, PerClass.all(classes, 1));
    }

    public int classes() {
        return margins.classes();
    }
}
