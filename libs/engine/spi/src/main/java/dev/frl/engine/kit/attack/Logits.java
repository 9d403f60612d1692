package dev.frl.engine.kit.attack;

/** Functions of one row of logits; rows lie one after the other in an array of shape [N, classes]. */
public final class Logits {
    private Logits() {}

    /** Predicted class of a row: the first of the largest logits. */
    public static int argmax(float[] logits, int row, int classes) {
        int best = 0;
        for (int j = 1; j < classes; j++) {
            best = logits[row * classes + j] > logits[row * classes + best] ? j : best;
        }
        return best;
    }

    /** log Σ exp z over the {@code classes} logits from position {@code at}. */
    public static double logSumExp(float[] logits, int at, int classes) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            max = Math.max(max, logits[at + j]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            sum += Math.exp(logits[at + j] - max);
        }
        return max + Math.log(sum);
    }
}
