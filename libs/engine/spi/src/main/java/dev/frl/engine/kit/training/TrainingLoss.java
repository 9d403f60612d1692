package dev.frl.engine.kit.training;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.kit.attack.Logits;
import java.util.List;

/** The losses of {@link TrainBatch} and their gradients with respect to the logits, computed in double precision. */
public final class TrainingLoss {
    private final int[] labels;
    private final int classes;
    private double value;

    private TrainingLoss(int[] labels, float[] logits) {
        this.labels = labels;
        this.classes = logits.length / labels.length;
    }

    /**
     * A loss and its gradients.
     *
     * @param value finite
     * @param logitGradients gradient with respect to each kind of logits, shape [N, classes]
     */
    public record Computed(double value, List<float[]> logitGradients) {}

    /** A loss as a function of the logits of each kind of images. */
    @FunctionalInterface
    public interface OfLogits {
        /**
         * @param logits logits of each kind of images, shape [N, classes]
         * @throws NotFiniteException naming the loss
         */
        Computed of(List<float[]> logits);
    }

    /**
     * Σ w_i CE_i / Σ w.
     *
     * @param logits shape [N, classes]
     * @param weights shape [N]
     * @throws NotFiniteException naming the loss
     */
    public static Computed crossEntropy(float[] logits, int[] labels, float[] weights) {
        var loss = new TrainingLoss(labels, logits);
        var gradient = new double[logits.length];
        loss.addCrossEntropy(logits, weights, gradient);
        return loss.computed(gradient);
    }

    /**
     * Σ a_i CE(natural_i) / Σ a + beta Σ b_i KL(natural_i || adversarial_i) / Σ b, with gradients with respect
     * to the natural and to the adversarial logits.
     *
     * @param natural logits, shape [N, classes]
     * @param adversarial likewise
     * @throws NotFiniteException naming the loss
     */
    public static Computed trades(float[] natural, float[] adversarial, TrainBatch batch, double beta) {
        var loss = new TrainingLoss(batch.samples().labels(), natural);
        var naturalGradient = new double[natural.length];
        var adversarialGradient = new double[adversarial.length];
        loss.addCrossEntropy(natural, batch.standardWeights(), naturalGradient);
        loss.addDivergence(natural, adversarial, batch.boundaryWeights(), beta, naturalGradient, adversarialGradient);
        return loss.computed(naturalGradient, adversarialGradient);
    }

    /** The weights of pgd-at: c = (a + b) / 2. */
    public static float[] meanWeights(TrainBatch batch) {
        var mean = new float[batch.standardWeights().length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (batch.standardWeights()[i] + batch.boundaryWeights()[i]) / 2;
        }
        return mean;
    }

    private Computed computed(double[]... logitGradients) {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException("loss");
        }
        return new Computed(
                value,
                List.of(logitGradients).stream().map(TrainingLoss::toFloats).toList());
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

    /** d KL(p || q) / d z is q − p for the logits of q, and p (log p − log q − KL) for those of p. */
    private void addDivergence(
            float[] natural,
            float[] adversarial,
            float[] weights,
            double beta,
            double[] naturalGradient,
            double[] adversarialGradient) {
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
                naturalGradient[i * classes + j] += weight * p * (logP[j] - logQ[j] - divergence);
                adversarialGradient[i * classes + j] += weight * (Math.exp(logQ[j]) - p);
            }
        }
    }

    private void logSoftmax(float[] logits, int from, double[] result) {
        double logSum = Logits.logSumExp(logits, from, classes);
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
