package dev.frl.engine.reference;

import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import java.util.ArrayList;
import java.util.List;

/** Layers one after the other. */
final class Chain implements Operation {
    private final List<Operation> operations = new ArrayList<>();

    /**
     * @param inputHeight height of the first layer's input
     * @param inputWidth width of the first layer's input
     * @param training training mode, in which batch norm uses the statistics of the batch and moves the running ones; else
     *     evaluation mode
     */
    Chain(List<Layer> layers, int inputHeight, int inputWidth, boolean training, Weights weights) {
        int height = inputHeight;
        int width = inputWidth;
        for (var layer : layers) {
            if (layer instanceof Convolution c) {
                operations.add(new ConvolutionOperation(c, height, width, weights));
            } else if (layer instanceof BatchNorm norm) {
                operations.add(new BatchNormOperation(norm, height * width, training, weights));
            } else if (layer instanceof Relu) {
                operations.add(new ReluOperation());
            } else if (layer instanceof Residual r) {
                operations.add(new ResidualOperation(
                        new Chain(r.body(), height, width, training, weights),
                        new Chain(r.shortcut(), height, width, training, weights)));
            } else if (layer instanceof GlobalAveragePool) {
                operations.add(new AveragePoolOperation(height * width));
            } else if (layer instanceof Linear linear) {
                operations.add(new LinearOperation(linear, weights));
            } else if (!(layer instanceof Flatten)) { // which changes no value
                throw new IllegalArgumentException("layer is unknown: " + layer);
            }
            height = layer.outputSize(height);
            width = layer.outputSize(width);
        }
    }

    @Override
    public double[] forward(double[] input, int count) {
        var values = input;
        for (var operation : operations) {
            values = operation.forward(values, count);
        }
        return values;
    }

    @Override
    public double[] backward(double[] outputGradient, Gradients gradients) {
        var values = outputGradient;
        for (int i = operations.size() - 1; i >= 0; i--) {
            values = operations.get(i).backward(values, gradients);
        }
        return values;
    }
}
