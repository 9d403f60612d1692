package dev.frl.engine.kit.training;

import dev.frl.engine.kit.threads.AllReduce;
import dev.frl.engine.kit.threads.BatchParts;
import dev.frl.engine.net.Architecture;
import java.util.List;

/** Forward and backward pass of one part of a batch, in training mode. Both run on the part's worker. */
public interface BatchPasses {
    /**
     * @param part number of the part
     * @param images shape [rows, C, H, W]
     * @param rank rank of the part, for synchronized batch norm
     * @return logits, shape [rows, classes]
     */
    float[] forward(int part, float[] images, int rows, AllReduce.Rank rank);

    /**
     * The backward pass after the last {@link #forward} of the same part; keeps the gradients with respect to the parameters.
     *
     * @param logitGradient gradient of the loss with respect to the logits, shape [rows, classes]
     */
    void backward(int part, float[] logitGradient, AllReduce.Rank rank);

    /**
     * Runs the forward passes of all parts, computes the loss of the whole batch, and runs the backward passes.
     *
     * @param images images of each kind, shape [count, C, H, W]
     * @return the loss
     */
    default double run(BatchParts parts, Architecture architecture, List<float[]> images, TrainingLoss.OfLogits loss) {
        var logits = parts.all(images, architecture.pixels(), this::forward);
        var computed = loss.of(parts.joined(logits));
        parts.all(computed.logitGradients(), architecture.classes(), (part, gradient, rows, rank) -> {
            backward(part, gradient, rank);
            return true;
        });
        return computed.value();
    }
}
