package dev.frl.engine.dl4j.training;

import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Configuration of {@link FusedBatchNormLayer}: DL4J's batch norm with other arithmetic, and the ReLU after it. */
final class FusedBatchNorm extends BatchNormalization {
    private static final long serialVersionUID = 1L;

    final boolean relu;

    /** @param relu whether a ReLU follows */
    FusedBatchNorm(BatchNorm norm, boolean relu) {
        this.relu = relu;
        setNIn(norm.channels());
        setNOut(norm.channels());
        setEps(BatchNorm.EPSILON);
        setUseLogStd(false);
        setCnn2DFormat(CNN2DFormat.NHWC);
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
                new FusedBatchNormLayer(conf, type), conf, listeners, index, parameters, initialize);
    }
}
