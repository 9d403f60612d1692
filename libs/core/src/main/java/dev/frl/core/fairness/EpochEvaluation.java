package dev.frl.core.fairness;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.Tally;

/**
 * What a policy sees of an epoch.
 *
 * @param tally counts over all shards, confusion included; not empty
 */
public record EpochEvaluation(Tally tally) {
    /** @throws IllegalArgumentException if the tally is empty */
    public ClassErrors errors() {
        return ClassErrors.of(tally);
    }

    public int classes() {
        return tally.classes();
    }
}
