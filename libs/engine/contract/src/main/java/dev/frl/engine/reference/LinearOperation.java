package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture.Linear;

/** y[o] = bias[o] + Σ weight[o, i] x[i]. */
final class LinearOperation implements Operation {
    private final Linear shape;
    private final float[] weight;
    private final float[] bias;
    private double[] input = {};

    LinearOperation(Linear shape, Weights weights) {
        this.shape = shape;
        this.weight = weights.floats(shape.key() + ".weight");
        this.bias = weights.floats(shape.key() + ".bias");
    }

    @Override
    public double[] forward(double[] x, int count) {
        input = x;
        var y = new double[count * shape.out()];
        for (int n = 0; n < count; n++) {
            for (int o = 0; o < shape.out(); o++) {
                double sum = bias[o];
                for (int i = 0; i < shape.in(); i++) {
                    sum += weight[o * shape.in() + i] * x[n * shape.in() + i];
                }
                y[n * shape.out() + o] = sum;
            }
        }
        return y;
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        var inputGradient = new double[input.length];
        var weightGradient = gradients.of(shape.key() + ".weight", weight.length);
        var biasGradient = gradients.of(shape.key() + ".bias", bias.length);
        for (int y = 0; y < outputGradient.length; y++) {
            int n = y / shape.out();
            int o = y % shape.out();
            biasGradient[o] += outputGradient[y];
            for (int i = 0; i < shape.in(); i++) {
                inputGradient[n * shape.in() + i] += weight[o * shape.in() + i] * outputGradient[y];
                weightGradient[o * shape.in() + i] += input[n * shape.in() + i] * outputGradient[y];
            }
        }
        return inputGradient;
    }
}
