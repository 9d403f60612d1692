package dev.frl.engine.dl4j.training;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import java.util.Collection;
import java.util.List;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.graph.ElementWiseVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.ActivationLayer;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.GlobalPoolingLayer;
import org.deeplearning4j.nn.conf.layers.PoolingType;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;

/**
 * An architecture as a DL4J graph without an output layer, because losses are computed outside. Maps are [N, H, W, C], which
 * oneDNN takes without reordering. A ReLU is part of the layer before it.
 */
final class GraphDefinition {
    private static final String IMAGES = "images";
    private static final int[] HEIGHT_AND_WIDTH = {1, 2};

    private final ComputationGraphConfiguration.GraphBuilder builder;

    /** Number of the next leaf. */
    private int leaf;

    private GraphDefinition(ComputationGraphConfiguration.GraphBuilder builder) {
        this.builder = builder;
    }

    static ComputationGraphConfiguration of(Architecture architecture) {
        var builder = new NeuralNetConfiguration.Builder()
                .dataType(DataType.FLOAT)
                .weightInit(WeightInit.ZERO) // weights are always given
                .updater(new NoOp()) // Dl4jTrainer updates the weights
                .activation(Activation.IDENTITY)
                .convolutionMode(ConvolutionMode.Truncate)
                .graphBuilder()
                .addInputs(IMAGES);
        String last = new GraphDefinition(builder).add(architecture.layers(), IMAGES);
        return builder.setOutputs(last)
                .setInputTypes(InputType.convolutional(
                        architecture.height(), architecture.width(), architecture.channels(), CNN2DFormat.NHWC))
                .build();
    }

    /** Number of the architecture's leaf that a vertex of the graph implements. */
    static int leaf(String vertex) {
        return Integer.parseInt(vertex.substring(0, vertex.indexOf('-')));
    }

    /** A layer with what DL4J's configurations give every layer that they create. */
    static org.deeplearning4j.nn.api.Layer prepared(
            org.deeplearning4j.nn.api.Layer layer,
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialize) {
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(conf.getLayer().initializer().init(conf, parameters, initialize));
        layer.setConf(conf);
        return layer;
    }

    /** Adds a chain of layers; returns its last vertex. */
    private String add(List<Layer> layers, String input) {
        String last = input;
        for (int i = 0; i < layers.size(); i++) {
            var layer = layers.get(i);
            if (layer instanceof Relu && (i == 0 || !takesRelu(layers.get(i - 1)))) {
                throw new IllegalArgumentException(
                        "the dl4j engine supports no ReLU after " + layers.get(Math.max(0, i - 1)));
            }
            boolean relu = i + 1 < layers.size() && layers.get(i + 1) instanceof Relu;
            if (layer instanceof Residual r) {
                last = addSum(r, last, relu);
                continue;
            }
            var added = layer(layer, relu, last.equals(IMAGES));
            if (added != null) {
                String name = leaf + "-" + layer.getClass().getSimpleName();
                builder.addLayer(name, added, last);
                last = name;
            }
            leaf++;
        }
        return last;
    }

    private String addSum(Residual residual, String input, boolean relu) {
        String body = add(residual.body(), input);
        String shortcut = add(residual.shortcut(), input);
        String sum = body + "-sum";
        builder.addVertex(sum, new ElementWiseVertex(ElementWiseVertex.Op.Add), body, shortcut);
        if (!relu) {
            return sum;
        }
        builder.addLayer(sum + "-relu", new ActivationLayer(Activation.RELU), sum);
        return sum + "-relu";
    }

    private static boolean takesRelu(Layer layer) {
        return layer instanceof Convolution
                || layer instanceof BatchNorm
                || layer instanceof Linear
                || layer instanceof Residual;
    }

    /** Null if DL4J or the layer before does the work of this layer. */
    private static org.deeplearning4j.nn.conf.layers.@Nullable Layer layer(Layer layer, boolean relu, boolean first) {
        if (layer instanceof Convolution c) {
            var builder = new ConvolutionLayer.Builder(c.kernel(), c.kernel())
                    .stride(c.stride(), c.stride())
                    .padding(c.padding(), c.padding())
                    .nIn(c.in())
                    .nOut(c.out())
                    .hasBias(c.bias())
                    .dataFormat(CNN2DFormat.NHWC)
                    .cudnnAllowFallback(false); // a helper that fails must be an error, not a slow run
            return new FusedConvolution(builder, relu, first);
        } else if (layer instanceof BatchNorm norm) {
            return new FusedBatchNorm(norm, relu);
        } else if (layer instanceof GlobalAveragePool) {
            return new GlobalPoolingLayer.Builder(PoolingType.AVG)
                    .poolingDimensions(HEIGHT_AND_WIDTH)
                    .build();
        } else if (layer instanceof Linear linear) {
            return new DenseLayer.Builder()
                    .nIn(linear.in())
                    .nOut(linear.out())
                    .activation(relu ? Activation.RELU : Activation.IDENTITY)
                    .build();
        } else if (layer instanceof Flatten || layer instanceof Relu) {
            return null;
        }
        throw new IllegalArgumentException("the dl4j engine has no layer for " + layer);
    }
}
