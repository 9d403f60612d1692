package dev.frl.core.fairness;

/**
 * The controller's answer to the errors of an epoch.
 *
 * @param forEpoch the epoch that is to be trained so; the errors were measured after the one before
 * @param multipliers after the step
 * @param treatment computed from them
 */
public record FairnessUpdate(int forEpoch, Multipliers multipliers, ClassTreatment treatment) {}
