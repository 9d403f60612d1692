package dev.frl.engine.dl4j;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.GlobalAveragePool;
import dev.frl.engine.Architecture.Layer;
import dev.frl.engine.Architecture.Linear;
import dev.frl.engine.Architecture.Relu;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.weights.WeightInit;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.NoOp;

/** An architecture as a DL4J graph: a chain with no output layer, since losses are computed outside. */
final class GraphDefinition {
    private GraphDefinition() {}

    static ComputationGraphConfiguration of(Architecture architecture) {
        var builder = new NeuralNetConfiguration.Builder()
                .dataType(DataType.FLOAT)
                .weightInit(WeightInit.ZERO) // weights are always given
                .updater(new NoOp()) // the heavy-ball step is the engine's own
                .activation(Activation.IDENTITY)
                .convolutionMode(ConvolutionMode.Truncate)
                .graphBuilder()
                .addInputs("images");
        String last = "images";
        int position = 0;
        for (var layer : architecture.layers()) {
            String name = "%02d-%s".formatted(position++, layer.getClass().getSimpleName());
            if (!(layer instanceof Flatten)) { // DL4J puts it in by itself, channel first like PyTorch
                builder.addLayer(name, layer(layer), last);
                last = name;
            }
        }
        return builder.setOutputs(last)
                .setInputTypes(InputType.convolutional(
                        architecture.height(), architecture.width(), architecture.channels(), CNN2DFormat.NCHW))
                .build();
    }

    private static org.deeplearning4j.nn.conf.layers.Layer layer(Layer layer) {
        if (layer instanceof Convolution c) {
            return new ConvolutionLayer.Builder(c.kernel(), c.kernel())
                    .stride(c.stride(), c.stride())
                    .padding(c.padding(), c.padding())
                    .nIn(c.in())
                    .nOut(c.out())
                    .cudnnAllowFallback(false) // so that a helper that fails is an error, not a slow run
                    .build();
        } else if (layer instanceof BatchNorm norm) {
            // Decay 0 makes the gradient of the running statistics the batch's own: see TrainingGraph.backward
            return new BatchNormalization.Builder()
                    .nIn(norm.channels())
                    .nOut(norm.channels())
                    .eps(BatchNorm.EPSILON)
                    .decay(0)
                    .useLogStd(false)
                    .cudnnAllowFallback(false)
                    .build();
        } else if (layer instanceof Relu) {
            return new ActivationLayer(Activation.RELU);
        } else if (layer instanceof GlobalAveragePool) {
            return new GlobalPoolingLayer(PoolingType.AVG);
        } else if (layer instanceof Linear linear) {
            return new DenseLayer.Builder().nIn(linear.in()).nOut(linear.out()).build();
        }
        throw new IllegalArgumentException("the dl4j engine has no layer for " + layer);
    }
}
