package dev.frl.core.experiment;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A point and the means of its runs on the validation images. All accuracies are fractions in [0, 1].
 *
 * @param point number of the point, from 0
 * @param variant its swept settings but the seed: path to value as written
 * @param worstRobust mean accuracy under attack of the worst class
 * @param averageRobust mean accuracy under attack, over all samples
 * @param averageClean mean accuracy without attack, over all samples
 * @param epoch epoch of the weights; the earliest one where its runs differ
 * @param runs number of runs in the means
 */
public record BestPoint(
        int point,
        Map<String, String> variant,
        double worstRobust,
        double averageRobust,
        double averageClean,
        int epoch,
        int runs) {
    public BestPoint {
        variant = Collections.unmodifiableMap(new LinkedHashMap<>(variant));
    }
}
