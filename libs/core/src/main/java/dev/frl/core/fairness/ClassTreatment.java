package dev.frl.core.fairness;

import dev.frl.core.errors.PerClass;

/**
 * What the training of an epoch does for each class. Begin at {@link #even} and set what differs from it: so a policy names
 * only the parts that it sets.
 *
 * @param standardWeights weight of each class in the standard term of the loss; they sum to 1
 * @param boundaryWeights weight of each class in the boundary term of the loss; they sum to 1
 * @param margins factor on the radius of the inner attack of training, for each class
 */
public record ClassTreatment(PerClass standardWeights, PerClass boundaryWeights, PerClass margins) {
    public ClassTreatment {
        standardWeights.requireSameClassesAs(boundaryWeights);
        standardWeights.requireSameClassesAs(margins);
    }

    /** Equal weights and margin 1 for all classes. */
    public static ClassTreatment even(int classes) {
        var weights = PerClass.all(classes, 1.0 / classes);
        return new ClassTreatment(weights, weights, PerClass.all(classes, 1));
    }

    public ClassTreatment withWeights(PerClass standard, PerClass boundary) {
        return new ClassTreatment(standard, boundary, margins);
    }

    public ClassTreatment withMargins(PerClass factors) {
        return new ClassTreatment(standardWeights, boundaryWeights, factors);
    }

    public int classes() {
        return margins.classes();
    }
}
