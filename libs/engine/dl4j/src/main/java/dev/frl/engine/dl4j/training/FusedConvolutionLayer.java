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
 * DL4J's convolution layer, forward through its oneDNN helper as ever. Backward differs: DL4J computes the forward
 * convolution once more for an activation's sake, and its ReLU is a layer of its own with two copies; here the ReLU works in
 * place, and its own output is the mask. Of the first convolution there is {@link FirstConvolutionGradient the gradient of the
 * weights only}.
 */
public final class FusedConvolutionLayer extends ConvolutionLayer {
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

    /** Overwrites the output and the gradient by it: in a chain nobody needs them any more. */
    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray byOutput, LayerWorkspaceMgr workspaces) {
        if (fused().relu && output != null) {
            Natives.mask(byOutput, output);
        }
        output = null;
        var c = fused();
        if (c.first) {
            return new Pair<>(FirstConvolutionGradient.gradient(c, input, byOutput, gradientViews, workspaces), null);
        }
        return helper.backpropGradient(
                input,
                getParam(ConvolutionParamInitializer.WEIGHT_KEY),
                c.hasBias() ? getParam(ConvolutionParamInitializer.BIAS_KEY) : null,
                byOutput,
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
