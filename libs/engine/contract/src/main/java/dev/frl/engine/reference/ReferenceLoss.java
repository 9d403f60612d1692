package dev.frl.engine.reference;

import dev.frl.engine.TrainBatch;

/** The losses of {@link TrainBatch}, and their gradients with respect to the logits. */
final class ReferenceLoss {
    private final TrainBatch batch;
    private final int classes;

    ReferenceLoss(TrainBatch batch, int classes) {
        this.batch = batch;
        this.classes = classes;
    }

    /**
     * Σ w_i CE_i / Σ w.
     *
     * @param weights shape [N]
     * @param gradient the gradient is added to it, shape [N, classes]
     */
    double crossEntropy(double[] logits, float[] weights, double[] gradient) {
        double total = sum(weights);
        double loss = 0;
        for (int i = 0; i < weights.length && total > 0; i++) {
            int label = batch.samples().labels()[i];
            var logP = LogitMath.logSoftmax(logits, i, classes);
            loss += weights[i] / total * LogitMath.crossEntropy(logP, label);
            add(LogitMath.crossEntropyGradient(logP, label), weights[i] / total, gradient, i);
        }
        return loss;
    }

    /** beta Σ b_i KL(p(x_i) || p(x'_i)) / Σ b. */
    double divergence(
            double[] natural,
            double[] adversarial,
            double beta,
            double[] naturalGradient,
            double[] adversarialGradient) {
        var weights = batch.boundaryWeights();
        double total = sum(weights);
        double loss = 0;
        for (int i = 0; i < weights.length && total > 0; i++) {
            double weight = beta * weights[i] / total;
            var logP = LogitMath.logSoftmax(natural, i, classes);
            var logQ = LogitMath.logSoftmax(adversarial, i, classes);
            loss += weight * LogitMath.divergence(logP, logQ);
            add(LogitMath.divergenceGradientByP(logP, logQ), weight, naturalGradient, i);
            add(LogitMath.divergenceGradientByQ(logP, logQ), weight, adversarialGradient, i);
        }
        return loss;
    }

    /** c = (a + b) / 2. */
    float[] meanWeights() {
        var mean = new float[batch.standardWeights().length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (batch.standardWeights()[i] + batch.boundaryWeights()[i]) / 2;
        }
        return mean;
    }

    private static double sum(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        return sum;
    }

    private void add(double[] row, double factor, double[] gradient, int sample) {
        for (int j = 0; j < classes; j++) {
            gradient[sample * classes + j] += factor * row[j];
        }
    }
}
