package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture;

/** One forward pass through all layers, and the backward pass after it. */
final class Pass {
    private final Chain layers;

    private Pass(Architecture architecture, Weights weights, boolean training) {
        layers = new Chain(architecture.layers(), architecture.height(), architecture.width(), training, weights);
    }

    /** Training mode: batch norm uses the statistics of the batch, and moves the running ones. */
    static Pass training(Architecture architecture, Weights weights) {
        return new Pass(architecture, weights, true);
    }

    /** Evaluation mode: batch norm uses the running statistics. */
    static Pass evaluation(Architecture architecture, Weights weights) {
        return new Pass(architecture, weights, false);
    }

    /**
     * @param images shape [count, C, H, W]
     * @return logits, shape [count, classes]
     */
    double[] forward(float[] images, int count) {
        var values = new double[images.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = images[i];
        }
        return layers.forward(values, count);
    }

    /**
     * Returns the gradient with respect to the images, from the gradient with respect to the logits. Adds the gradients with
     * respect to the parameters to {@code gradients}.
     */
    double[] backward(double[] logitGradient, Gradients gradients) {
        return layers.backward(logitGradient, gradients);
    }
}
