package dev.frl.core.fairness;

/**
 * The controller's response to the evaluation of an epoch.
 *
 * @param forEpoch the epoch that is trained with it; the errors were measured after the epoch before
 * @param state of the policy, after its step
 * @param treatment that the policy sets
 */
public record FairnessUpdate(int forEpoch, PolicyState state, ClassTreatment treatment) {}
