package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture;

/** One way forward through all layers, and back. */
final class Pass {
    private final Chain layers;

    private Pass(Architecture architecture, Weights weights, boolean training) {
        layers = new Chain(architecture.layers(), architecture.height(), architecture.width(), training, weights);
    }

    /** Batch norm takes the batch's statistics, and moves the running ones. */
    static Pass training(Architecture architecture, Weights weights) {
        return new Pass(architecture, weights, true);
    }

    /** Batch norm takes the running statistics. */
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

    /** Gradient by the images, from that by the logits; those by the parameters are added to {@code gradients}. */
    double[] backward(double[] logitGradient, Gradients gradients) {
        return layers.backward(logitGradient, gradients);
    }
}
