package dev.frl.core.settings;

import org.jspecify.annotations.Nullable;

/**
 * Everything that decides what one run does, with every default written out.
 *
 * @param dataset which images
 * @param architecture name of the net
 * @param training how it trains
 * @param warmStart what it begins from; null for fresh weights
 * @param attack how it is attacked
 * @param fairness how the controller answers
 * @param deadlines how long it waits
 */
public record RunSettings(
        DatasetSettings dataset,
        String architecture,
        TrainingSettings training,
        @Nullable WarmStart warmStart,
        Attacks attack,
        FairnessSettings fairness,
        Deadlines deadlines) {}
