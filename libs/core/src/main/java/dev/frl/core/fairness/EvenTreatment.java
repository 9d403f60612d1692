package dev.frl.core.fairness;

/** Treats all classes alike, whatever their errors: the control. */
public final class EvenTreatment implements FairnessPolicy {
    @Override
    public PolicyState initial(int classes) {
        return new PolicyState.None();
    }

    @Override
    public FairnessUpdate next(PolicyState before, EpochEvaluation evaluation, int epoch) {
        return new FairnessUpdate(epoch + 1, before, ClassTreatment.even(evaluation.classes()));
    }
}
