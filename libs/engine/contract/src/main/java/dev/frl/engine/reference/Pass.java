package dev.frl.engine.reference;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.GlobalAveragePool;
import dev.frl.engine.Architecture.Linear;
import dev.frl.engine.Architecture.Relu;
import java.util.ArrayList;
import java.util.List;

/** One way forward through all layers, and back. */
final class Pass {
    private final List<Operation> operations = new ArrayList<>();

    private Pass(Architecture architecture, Weights weights, boolean training) {
        int height = architecture.height();
        int width = architecture.width();
        for (var layer : architecture.layers()) {
            if (layer instanceof Convolution c) {
                operations.add(new ConvolutionOperation(c, height, width, weights));
                height = c.outputSize(height);
                width = c.outputSize(width);
            } else if (layer instanceof BatchNorm norm) {
                operations.add(new BatchNormOperation(norm, height * width, training, weights));
            } else if (layer instanceof Relu) {
                operations.add(new ReluOperation());
            } else if (layer instanceof GlobalAveragePool) {
                operations.add(new AveragePoolOperation(height * width));
            } else if (layer instanceof Linear linear) {
                operations.add(new LinearOperation(linear, weights));
            } else if (!(layer instanceof Flatten)) { // which changes no number
                throw new IllegalArgumentException("layer is unknown: " + layer);
            }
        }
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
        for (var operation : operations) {
            values = operation.forward(values, count);
        }
        return values;
    }

    /** Gradient by the images, from that by the logits; those by the parameters are added to {@code gradients}. */
    double[] backward(double[] logitGradient, Gradients gradients) {
        var values = logitGradient;
        for (int i = operations.size() - 1; i >= 0; i--) {
            values = operations.get(i).backward(values, gradients);
        }
        return values;
    }
}
