package dev.frl.engine;

import java.util.Locale;

/**
 * One training batch.
 *
 * <p>The loss normalises the weights over the batch, as the authors' code does:
 *
 * <pre>
 *   trades    Σ a_i CE(f(x_i), y_i) / Σ a  +  beta Σ b_i KL(p(x_i) || p(x'_i)) / Σ b      gradient flows through both terms of the KL
 *   pgd-at    Σ c_i CE(f(x'_i), y_i) / Σ c,   c = (a + b) / 2
 *   natural   Σ a_i CE(f(x_i), y_i) / Σ a
 * </pre>
 *
 * Here a are the standard weights and b the boundary weights. A term whose weights are all 0 is 0.
 */
public final class TrainBatch {
    private final Samples samples;
    private final float[] standardWeights;
    private final float[] boundaryWeights;

    /**
     * @param samples images and labels; radius and seed of each sample are those of the inner attack
     * @param standardWeights class weight of each sample in the standard term, shape [N], at least 0
     * @param boundaryWeights class weight of each sample in the boundary term, shape [N], at least 0
     */
    public TrainBatch(Samples samples, float[] standardWeights, float[] boundaryWeights) {
        if (samples.count() == 0
                || standardWeights.length != samples.count()
                || boundaryWeights.length != samples.count()) {
            throw new IllegalArgumentException(
                    "expected at least one sample and one weight of each kind for each sample, got "
                            + String.format(
                                    Locale.ROOT,
                                    "%d samples, %d and %d weights",
                                    samples.count(),
                                    standardWeights.length,
                                    boundaryWeights.length));
        }
        this.samples = samples;
        this.standardWeights = standardWeights;
        this.boundaryWeights = boundaryWeights;
    }

    public Samples samples() {
        return samples;
    }

    public float[] standardWeights() {
        return standardWeights;
    }

    public float[] boundaryWeights() {
        return boundaryWeights;
    }
}
