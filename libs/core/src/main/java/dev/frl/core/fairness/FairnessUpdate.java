package dev.frl.core.fairness;

/**
 * The controller's response to the errors of an epoch.
 *
 * @param forEpoch the epoch that is trained with it; the errors were measured after the epoch before
 * @param multipliers after the policy's step
 * @param treatment computed from the multipliers
 */
public record FairnessUpdate(int forEpoch, Multipliers multipliers, ClassTreatment treatment) {}
