package dev.frl.engine.reference;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Losses of one sample's logits z, and their gradients. p = softmax(z). */
final class LogitMath {
    private LogitMath() {}

    /** log p_j = z_j − log Σ exp z for one sample of {@code logits}, shape [N, classes]. */
    static double[] logSoftmax(double[] logits, int sample, int classes) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            max = Math.max(max, logits[sample * classes + j]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            sum += Math.exp(logits[sample * classes + j] - max);
        }
        var logP = new double[classes];
        for (int j = 0; j < classes; j++) {
            logP[j] = logits[sample * classes + j] - max - Math.log(sum);
        }
        return logP;
    }

    static double crossEntropy(double[] logP, int label) {
        return -logP[label];
    }

    /** d CE / d z = p − onehot(label). */
    static double[] crossEntropyGradient(double[] logP, int label) {
        var gradient = new double[logP.length];
        for (int j = 0; j < logP.length; j++) {
            gradient[j] = Math.exp(logP[j]) - (j == label ? 1 : 0);
        }
        return gradient;
    }

    /** KL(p || q) = Σ p (log p − log q). */
    static double divergence(double[] logP, double[] logQ) {
        double sum = 0;
        for (int j = 0; j < logP.length; j++) {
            sum += Math.exp(logP[j]) * (logP[j] - logQ[j]);
        }
        return sum;
    }

    /** d KL / d z for the logits of q: q − p. */
    static double[] divergenceGradientByQ(double[] logP, double[] logQ) {
        var gradient = new double[logP.length];
        for (int j = 0; j < logP.length; j++) {
            gradient[j] = Math.exp(logQ[j]) - Math.exp(logP[j]);
        }
        return gradient;
    }

    /** M = max_{j≠label} z_j − z_label. */
    static double margin(double[] z, int label) {
        double largest = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < z.length; j++) {
            largest = j == label ? largest : Math.max(largest, z[j]);
        }
        return largest - z[label];
    }

    /** DLR = M / (D + 1e-12), D = z_π1 − z_π3. */
    static double logitRatio(double[] z, int label) {
        var sorted = z.clone();
        Arrays.sort(sorted);
        return margin(z, label) / (sorted[z.length - 1] - sorted[z.length - 3] + 1e-12);
    }

    /** d (max_{j≠label} z_j − z_label) / d z; if several other logits are the largest, the first one counts. */
    static double[] marginGradient(double[] z, int label) {
        int other = label == 0 ? 1 : 0;
        for (int j = 0; j < z.length; j++) {
            other = j != label && z[j] > z[other] ? j : other;
        }
        var gradient = new double[z.length];
        gradient[other] += 1;
        gradient[label] -= 1;
        return gradient;
    }

    /**
     * The gradient of DLR = M / D, with M = max_{j≠label} z_j − z_label and D = z_π1 − z_π3, times D², a positive factor
     * that does not change an attack:
     *
     * <pre>
     *   d (M / D) / d z · D² = D dM / d z − M dD / d z
     * </pre>
     *
     * Where the three largest logits are equal, DLR has no value, and this is the gradient of M. Equal logits are sorted by class.
     */
    static double[] logitRatioGradient(double[] z, int label) {
        var order = IntStream.range(0, z.length)
                .boxed()
                .sorted(Comparator.comparingDouble(j -> -z[j]))
                .toList();
        int first = order.get(0);
        int third = order.get(2);
        double d = z[first] - z[third];
        var gradient = marginGradient(z, label);
        if (d == 0) {
            return gradient;
        }
        double m = z[first == label ? order.get(1) : first] - z[label];
        for (int j = 0; j < z.length; j++) {
            gradient[j] *= d;
        }
        gradient[first] -= m;
        gradient[third] += m;
        return gradient;
    }

    /** d KL / d z for the logits of p: p (log p − log q − KL). */
    static double[] divergenceGradientByP(double[] logP, double[] logQ) {
        double divergence = divergence(logP, logQ);
        var gradient = new double[logP.length];
        for (int j = 0; j < logP.length; j++) {
            gradient[j] = Math.exp(logP[j]) * (logP[j] - logQ[j] - divergence);
        }
        return gradient;
    }
}
