package dev.frl.engine.kit.attack;

import dev.frl.core.settings.AttackSettings.Loss;

/** Loss that the attack maximizes, for one sample. */
final class AttackLoss {
    /** Keeps DLR finite where the three largest logits are equal. The value is that of the authors' code. */
    private static final double LEAST_SPREAD = 1e-12;

    private final Loss loss;
    private final int label;
    private final int classes;
    private final double[] clean;
    private final int cleanAt;

    /** @param clean p(x) from {@code cleanAt} on; only {@code KL} reads it */
    AttackLoss(Loss loss, int label, int classes, double[] clean, int cleanAt) {
        this.loss = loss;
        this.label = label;
        this.classes = classes;
        this.clean = clean;
        this.cleanAt = cleanAt;
    }

    /**
     * @param z logits, one row of them from {@code at} on
     * @return the loss; {@code KL} without its constant part Σ p log p
     */
    double at(float[] z, int at) {
        return switch (loss) {
            case CROSS_ENTROPY -> Logits.logSumExp(z, at, classes) - z[at + label];
            case KL -> {
                double expected = 0;
                for (int j = 0; j < classes; j++) {
                    expected += clean[cleanAt + j] * z[at + j];
                }
                yield Logits.logSumExp(z, at, classes) - expected;
            }
            case CW -> margin(z, at);
            case DLR -> margin(z, at) / (spread(z, at) + LEAST_SPREAD);
        };
    }

    /** max_{j≠label} z_j − z_label. */
    private double margin(float[] z, int at) {
        double other = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            other = j == label ? other : Math.max(other, z[at + j]);
        }
        return other - z[at + label];
    }

    /** z_π1 − z_π3. */
    private double spread(float[] z, int at) {
        double first = Double.NEGATIVE_INFINITY;
        double second = first;
        double third = first;
        for (int j = 0; j < classes; j++) {
            double value = z[at + j];
            third = Math.max(third, Math.min(second, value));
            second = Math.max(second, Math.min(first, value));
            first = Math.max(first, value);
        }
        return first - third;
    }
}
