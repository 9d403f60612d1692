package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture.Convolution;

/**
 * y[o, i, j] = bias[o] + Σ weight[o, c, a, b] x[c, stride i + a − padding, stride j + b − padding], where x is 0 outside of the map.
 */
final class ConvolutionOperation implements Operation {
    private final Convolution shape;
    private final int height;
    private final int width;
    private final float[] weight;
    private final float[] bias;
    private double[] input = {};

    /**
     * @param height height of the input
     * @param width width of the input
     */
    ConvolutionOperation(Convolution shape, int height, int width, Weights weights) {
        this.shape = shape;
        this.height = height;
        this.width = width;
        this.weight = weights.floats(shape.key() + ".weight");
        this.bias = shape.bias() ? weights.floats(shape.key() + ".bias") : new float[shape.out()];
    }

    @Override
    public double[] forward(double[] x, int count) {
        input = x;
        int outputs = shape.outputSize(height) * shape.outputSize(width);
        var y = new double[count * shape.out() * outputs];
        for (int i = 0; i < y.length; i++) {
            y[i] = bias[i / outputs % shape.out()];
        }
        forEachProduct(y.length, (xi, wi, yi) -> y[yi] += weight[wi] * x[xi]);
        return y;
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        int outputs = shape.outputSize(height) * shape.outputSize(width);
        var inputGradient = new double[input.length];
        var weightGradient = gradients.of(shape.key() + ".weight", weight.length);
        if (shape.bias()) {
            var biasGradient = gradients.of(shape.key() + ".bias", bias.length);
            for (int i = 0; i < outputGradient.length; i++) {
                biasGradient[i / outputs % shape.out()] += outputGradient[i];
            }
        }
        forEachProduct(outputGradient.length, (xi, wi, yi) -> {
            inputGradient[xi] += weight[wi] * outputGradient[yi];
            weightGradient[wi] += input[xi] * outputGradient[yi];
        });
        return inputGradient;
    }

    /** Receives the positions of a pixel, of a weight, and of the output to which their product is added. */
    private interface Product {
        void at(int x, int weight, int y);
    }

    private void forEachProduct(int outputs, Product product) {
        int rows = shape.outputSize(height);
        int columns = shape.outputSize(width);
        int k = shape.kernel();
        for (int y = 0; y < outputs; y++) {
            int column = y % columns;
            int row = y / columns % rows;
            int o = y / (columns * rows) % shape.out();
            int n = y / (columns * rows * shape.out());
            for (int w = 0; w < shape.in() * k * k; w++) {
                int c = w / (k * k);
                int r = row * shape.stride() + w / k % k - shape.padding();
                int s = column * shape.stride() + w % k - shape.padding();
                if (r >= 0 && r < height && s >= 0 && s < width) {
                    product.at(((n * shape.in() + c) * height + r) * width + s, o * shape.in() * k * k + w, y);
                }
            }
        }
    }
}
