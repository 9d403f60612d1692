package dev.frl.engine.reference;

/** Cross-entropy and KL divergence of one sample's logits z, and their gradients. p = softmax(z). */
final class LogitMath {
    private LogitMath() {}

    /** Of one sample out of {@code logits}, shape [N, classes]: log p_j = z_j − log Σ exp z. */
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

    /** d KL / d z of q = q − p. */
    static double[] divergenceGradientByQ(double[] logP, double[] logQ) {
        var gradient = new double[logP.length];
        for (int j = 0; j < logP.length; j++) {
            gradient[j] = Math.exp(logQ[j]) - Math.exp(logP[j]);
        }
        return gradient;
    }

    /** d KL / d z of p = p (log p − log q − KL). */
    static double[] divergenceGradientByP(double[] logP, double[] logQ) {
        double divergence = divergence(logP, logQ);
        var gradient = new double[logP.length];
        for (int j = 0; j < logP.length; j++) {
            gradient[j] = Math.exp(logP[j]) * (logP[j] - logQ[j] - divergence);
        }
        return gradient;
    }
}
