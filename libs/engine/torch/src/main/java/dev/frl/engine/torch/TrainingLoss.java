package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.ScalarType.Double;
import static org.bytedeco.pytorch.global.torch.ScalarType.Float;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.TrainBatch;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** The losses of {@link TrainBatch}, in double precision, and their gradients by the logits. */
final class TrainingLoss {
    private final double value;
    private final List<float[]> byLogits = new ArrayList<>();

    private TrainingLoss(Tensor loss, List<Tensor> logits) {
        this.value = loss.item_double();
        if (!java.lang.Double.isFinite(value)) {
            throw new NotFiniteException("loss");
        }
        loss.backward();
        logits.forEach(z -> byLogits.add(NativeFloats.values(z.grad().toType(Float))));
    }

    /**
     * Σ w_i CE_i / Σ w.
     *
     * @param logits shape [N, classes]
     * @param weights shape [N]
     */
    static TrainingLoss crossEntropy(float[] logits, int[] labels, float[] weights) {
        try (var scope = new PointerScope()) {
            var z = leaf(logits, labels.length);
            return new TrainingLoss(crossEntropy(z.log_softmax(1), labels, weights), List.of(z));
        }
    }

    /** Σ a_i CE(natural_i) / Σ a + beta Σ b_i KL(natural_i || adversarial_i) / Σ b. */
    static TrainingLoss trades(float[] natural, float[] adversarial, TrainBatch batch, double beta) {
        var labels = batch.samples().labels();
        var b = proportions(batch.boundaryWeights());
        try (var scope = new PointerScope()) {
            var z = leaf(natural, labels.length);
            var zAdversarial = leaf(adversarial, labels.length);
            var logP = z.log_softmax(1);
            var divergences =
                    logP.exp().mul(logP.sub(zAdversarial.log_softmax(1))).sum(1);
            var boundary =
                    divergences.mul(NativeFloats.tensor(b, b.length)).sum().mul(new Scalar(beta));
            var loss = crossEntropy(logP, labels, batch.standardWeights()).add(boundary);
            return new TrainingLoss(loss, List.of(z, zAdversarial));
        }
    }

    /** c = (a + b) / 2. */
    static float[] meanWeights(TrainBatch batch) {
        var mean = new float[batch.standardWeights().length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (batch.standardWeights()[i] + batch.boundaryWeights()[i]) / 2;
        }
        return mean;
    }

    double value() {
        return value;
    }

    /** Of each kind of logits, in the order they came in; shape [N, classes]. */
    List<float[]> byLogits() {
        return byLogits;
    }

    private static Tensor crossEntropy(Tensor logP, int[] labels, float[] weights) {
        int classes = Math.toIntExact(logP.size(1));
        var proportions = proportions(weights);
        var factors = new double[labels.length * classes];
        for (int i = 0; i < labels.length; i++) {
            factors[i * classes + labels[i]] = -proportions[i];
        }
        return logP.mul(NativeFloats.tensor(factors, labels.length, classes)).sum();
    }

    /** w_i / Σ w; all 0 if the sum is. */
    private static double[] proportions(float[] weights) {
        double total = 0;
        for (float weight : weights) {
            total += weight;
        }
        var proportions = new double[weights.length];
        for (int i = 0; i < weights.length && total > 0; i++) {
            proportions[i] = weights[i] / total;
        }
        return proportions;
    }

    private static Tensor leaf(float[] logits, int count) {
        return NativeFloats.tensor(logits, count, logits.length / count)
                .toType(Double)
                .requires_grad_(true);
    }
}
