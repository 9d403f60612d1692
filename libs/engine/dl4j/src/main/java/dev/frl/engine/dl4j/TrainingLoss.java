package dev.frl.engine.dl4j;

import dev.frl.engine.TrainBatch;

/** The losses of {@link TrainBatch}, and their gradients by the logits. */
final class TrainingLoss {
    private final TrainBatch batch;
    private final int classes;

    TrainingLoss(TrainBatch batch, int classes) {
        this.batch = batch;
        this.classes = classes;
    }

    /**
     * Σ w_i CE_i / Σ w, with d CE / d z = p − onehot(label).
     *
     * @param weights shape [N]
     * @param gradient gets the gradient added, shape [N, classes]
     */
    double crossEntropy(float[] logits, float[] weights, double[] gradient) {
        double total = sum(weights);
        double loss = 0;
        var logP = new double[classes];
        for (int i = 0; i < weights.length && total > 0; i++) {
            int label = batch.samples().labels()[i];
            double weight = weights[i] / total;
            LogitGradients.logSoftmax(logits, i * classes, classes, logP);
            loss -= weight * logP[label];
            for (int j = 0; j < classes; j++) {
                gradient[i * classes + j] += weight * (Math.exp(logP[j]) - (j == label ? 1 : 0));
            }
        }
        return loss;
    }

    /**
     * beta Σ b_i KL(p_i || q_i) / Σ b, with d KL / d z of q = q − p, and of p = p (log p − log q − KL).
     *
     * @param natural logits of p, shape [N, classes]
     * @param adversarial logits of q
     */
    double divergence(float[] natural, float[] adversarial, double beta, double[] byNatural, double[] byAdversarial) {
        var weights = batch.boundaryWeights();
        double total = sum(weights);
        double loss = 0;
        var logP = new double[classes];
        var logQ = new double[classes];
        for (int i = 0; i < weights.length && total > 0; i++) {
            double weight = beta * weights[i] / total;
            LogitGradients.logSoftmax(natural, i * classes, classes, logP);
            LogitGradients.logSoftmax(adversarial, i * classes, classes, logQ);
            double divergence = 0;
            for (int j = 0; j < classes; j++) {
                divergence += Math.exp(logP[j]) * (logP[j] - logQ[j]);
            }
            loss += weight * divergence;
            for (int j = 0; j < classes; j++) {
                double p = Math.exp(logP[j]);
                byNatural[i * classes + j] += weight * p * (logP[j] - logQ[j] - divergence);
                byAdversarial[i * classes + j] += weight * (Math.exp(logQ[j]) - p);
            }
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
}
