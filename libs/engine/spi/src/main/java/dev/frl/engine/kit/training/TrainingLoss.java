package dev.frl.engine.kit.training;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.TrainBatch;
import java.util.List;

/** A loss of {@link TrainBatch} and its gradients by the logits, in double precision. */
public final class TrainingLoss {
    private final int[] labels;
    private final int classes;
    private double value;

    private TrainingLoss(int[] labels, float[] logits) {
        this.labels = labels;
        this.classes = logits.length / labels.length;
    }

    /**
     * What a loss is, and where it would grow.
     *
     * @param value finite
     * @param byLogits gradient by each kind of logits, shape [N, classes]
     */
    public record Slope(double value, List<float[]> byLogits) {}

    /**
     * Σ w_i CE_i / Σ w.
     *
     * @param logits shape [N, classes]
     * @param weights shape [N]
     * @throws NotFiniteException naming the loss
     */
    public static Slope crossEntropy(float[] logits, int[] labels, float[] weights) {
        var loss = new TrainingLoss(labels, logits);
        var gradient = new double[logits.length];
        loss.addCrossEntropy(logits, weights, gradient);
        return loss.slope(gradient);
    }

    /**
     * Σ a_i CE(natural_i) / Σ a + beta Σ b_i KL(natural_i || adversarial_i) / Σ b, with gradients by the natural logits and by
     * the adversarial ones.
     *
     * @param natural logits, shape [N, classes]
     * @param adversarial likewise
     * @throws NotFiniteException naming the loss
     */
    public static Slope trades(float[] natural, float[] adversarial, TrainBatch batch, double beta) {
        var loss = new TrainingLoss(batch.samples().labels(), natural);
        var byNatural = new double[natural.length];
        var byAdversarial = new double[adversarial.length];
        loss.addCrossEntropy(natural, batch.standardWeights(), byNatural);
        loss.addDivergence(natural, adversarial, batch.boundaryWeights(), beta, byNatural, byAdversarial);
        return loss.slope(byNatural, byAdversarial);
    }

    /** c = (a + b) / 2, the weights of pgd-at. */
    public static float[] meanWeights(TrainBatch batch) {
        var mean = new float[batch.standardWeights().length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (batch.standardWeights()[i] + batch.boundaryWeights()[i]) / 2;
        }
        return mean;
    }

    private Slope slope(double[]... byLogits) {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException("loss");
        }
        return new Slope(
                value, List.of(byLogits).stream().map(TrainingLoss::toFloats).toList());
    }

    /** d CE / d z = p − onehot(label). */
    private void addCrossEntropy(float[] logits, float[] weights, double[] gradient) {
        double total = sum(weights);
        var logP = new double[classes];
        for (int i = 0; i < labels.length && total > 0; i++) {
            double weight = weights[i] / total;
            logSoftmax(logits, i * classes, logP);
            value -= weight * logP[labels[i]];
            for (int j = 0; j < classes; j++) {
                gradient[i * classes + j] += weight * (Math.exp(logP[j]) - (j == labels[i] ? 1 : 0));
            }
        }
    }

    /** d KL(p || q) / d z of q = q − p, and of p = p (log p − log q − KL). */
    private void addDivergence(
            float[] natural,
            float[] adversarial,
            float[] weights,
            double beta,
            double[] byNatural,
            double[] byAdversarial) {
        double total = sum(weights);
        var logP = new double[classes];
        var logQ = new double[classes];
        for (int i = 0; i < labels.length && total > 0; i++) {
            double weight = beta * weights[i] / total;
            logSoftmax(natural, i * classes, logP);
            logSoftmax(adversarial, i * classes, logQ);
            double divergence = 0;
            for (int j = 0; j < classes; j++) {
                divergence += Math.exp(logP[j]) * (logP[j] - logQ[j]);
            }
            value += weight * divergence;
            for (int j = 0; j < classes; j++) {
                double p = Math.exp(logP[j]);
                byNatural[i * classes + j] += weight * p * (logP[j] - logQ[j] - divergence);
                byAdversarial[i * classes + j] += weight * (Math.exp(logQ[j]) - p);
            }
        }
    }

    private void logSoftmax(float[] logits, int from, double[] result) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            max = Math.max(max, logits[from + j]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            sum += Math.exp(logits[from + j] - max);
        }
        double logSum = max + Math.log(sum);
        for (int j = 0; j < classes; j++) {
            result[j] = logits[from + j] - logSum;
        }
    }

    private static double sum(float[] weights) {
        double sum = 0;
        for (float weight : weights) {
            sum += weight;
        }
        return sum;
    }

    private static float[] toFloats(double[] values) {
        var floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
