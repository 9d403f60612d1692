package dev.frl.engine.dl4j.training;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** DL4J's convolution, with the ReLU behind it and a shorter way back: {@link FusedConvolutionLayer}. */
public final class FusedConvolution extends ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    final boolean relu;
    final boolean first;

    /**
     * @param relu whether a ReLU follows
     * @param first whether its input are the images, whose gradient training does not need
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
        var layer = new FusedConvolutionLayer(conf, type);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(parameters);
        layer.setParamTable(initializer().init(conf, parameters, initialize));
        layer.setConf(conf);
        return layer;
    }
}
