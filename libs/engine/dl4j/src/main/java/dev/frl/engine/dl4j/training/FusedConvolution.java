package dev.frl.engine.dl4j.training;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Configuration of {@link FusedConvolutionLayer}: DL4J's convolution with the ReLU after it and a shorter backward pass. */
final class FusedConvolution extends ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    final boolean relu;
    final boolean first;

    /**
     * @param relu whether a ReLU follows
     * @param first whether its input is the images; training does not need the gradient with respect to them
     */
    FusedConvolution(ConvolutionLayer.Builder builder, boolean relu, boolean first) {
        super(builder);
        this.relu = relu;
        this.first = first;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray parameters,
            boolean initialize,
            DataType type) {
        return GraphDefinition.prepared(
                new FusedConvolutionLayer(conf, type), conf, listeners, index, parameters, initialize);
    }
}
