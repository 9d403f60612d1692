package dev.frl.engine.dl4j.training;

import dev.frl.engine.dl4j.natives.Natives;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * DL4J's convolution layer. The forward pass uses its oneDNN helper without change. The backward pass differs: DL4J computes
 * the forward convolution again to get the activation, and its ReLU is a separate layer that makes two copies. Here the ReLU
 * works in place, and its output is the mask. The first convolution computes {@link FirstConvolutionGradient the gradient with
 * respect to the weights only}.
 */
final class FusedConvolutionLayer extends ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    private transient @Nullable INDArray output;

    FusedConvolutionLayer(NeuralNetConfiguration conf, DataType type) {
        super(conf, type);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaces) {
        var result = super.activate(training, workspaces);
        if (fused().relu) {
            Natives.relu(result);
        }
        output = result;
        return result;
    }

    /** Overwrites the output and its gradient: in a chain they are not needed any more. */
    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray outputGradient, LayerWorkspaceMgr workspaces) {
        if (fused().relu && output != null) {
            Natives.mask(outputGradient, output);
        }
        output = null;
        var c = fused();
        if (c.first) {
            return new Pair<>(
                    FirstConvolutionGradient.gradient(c, input, outputGradient, gradientViews, workspaces), null);
        }
        return helper.backpropGradient(
                input,
                getParam(ConvolutionParamInitializer.WEIGHT_KEY),
                c.hasBias() ? getParam(ConvolutionParamInitializer.BIAS_KEY) : null,
                outputGradient,
                c.getKernelSize(),
                c.getStride(),
                c.getPadding(),
                gradientViews.get(ConvolutionParamInitializer.BIAS_KEY),
                gradientViews.get(ConvolutionParamInitializer.WEIGHT_KEY),
                c.getActivationFn(),
                c.getCudnnAlgoMode(),
                c.getCudnnBwdFilterAlgo(),
                c.getCudnnBwdDataAlgo(),
                c.getConvolutionMode(),
                c.getDilation(),
                c.getCnn2dDataFormat(),
                workspaces);
    }

    private FusedConvolution fused() {
        return (FusedConvolution) layerConf();
    }
}
