package dev.frl.engine.dl4j.training;

import dev.frl.engine.dl4j.natives.NativeFloats;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.params.ConvolutionParamInitializer;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Gradient with respect to the weights of the first convolution, as one matrix product: the im2col matrix of the images times
 * the gradient with respect to the output. Training does not need the gradient with respect to the images, and oneDNN's
 * backward convolution, which computes both, is slow on one channel: 23 ms against 2 ms for 128 images of 28 x 28 and 16
 * channels.
 */
final class FirstConvolutionGradient {
    private FirstConvolutionGradient() {}

    /**
     * Writes the gradients with respect to the weight and to the bias, if there is one, to their views.
     *
     * @param images shape [N, H, W, C]
     * @param outputGradient shape [N, H', W', out]
     */
    static Gradient gradient(
            FusedConvolution c,
            INDArray images,
            INDArray outputGradient,
            Map<String, INDArray> views,
            LayerWorkspaceMgr workspaces) {
        int taps = Math.toIntExact(c.getNIn()) * c.getKernelSize()[0] * c.getKernelSize()[1];
        int places = Math.toIntExact(outputGradient.length() / c.getNOut());
        var patches = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, DataType.FLOAT, new long[] {taps + 1, places}, 'c');
        NativeFloats.write(im2col(c, images, outputGradient, taps, places), (taps + 1) * places, patches);
        var product = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, DataType.FLOAT, new long[] {taps + 1, c.getNOut()}, 'c');
        patches.mmuli(outputGradient.reshape('c', places, c.getNOut()), product);
        var weight = Objects.requireNonNull(views.get(ConvolutionParamInitializer.WEIGHT_KEY));
        weight.reshape('c', c.getNOut(), taps)
                .assign(product.get(NDArrayIndex.interval(0, taps), NDArrayIndex.all())
                        .transpose());
        var gradient = new DefaultGradient();
        gradient.setGradientFor(ConvolutionParamInitializer.WEIGHT_KEY, weight, 'c');
        if (c.hasBias()) {
            var bias = Objects.requireNonNull(views.get(ConvolutionParamInitializer.BIAS_KEY));
            bias.assign(product.get(NDArrayIndex.interval(taps, taps + 1), NDArrayIndex.all()));
            gradient.setGradientFor(ConvolutionParamInitializer.BIAS_KEY, bias);
        }
        return gradient;
    }

    /**
     * The im2col matrix: the pixel that each weight is multiplied by at each position of the output; 0 in the padding.
     *
     * @return shape [C kernel kernel + 1, N H' W'], in the order of PyTorch's weights; the last row, for the bias, is 1
     */
    private static float[] im2col(FusedConvolution c, INDArray images, INDArray outputGradient, int taps, int places) {
        int channels = Math.toIntExact(c.getNIn());
        int height = Math.toIntExact(images.size(1));
        int width = Math.toIntExact(images.size(2));
        int rows = Math.toIntExact(outputGradient.size(1));
        int columns = Math.toIntExact(outputGradient.size(2));
        var pixels = new float[Math.toIntExact(images.length())];
        NativeFloats.read(images, pixels, pixels.length);
        var patches = new float[(taps + 1) * places];
        for (int tap = 0; tap < taps; tap++) {
            int channel = tap / (c.getKernelSize()[0] * c.getKernelSize()[1]);
            int down = tap / c.getKernelSize()[1] % c.getKernelSize()[0] - c.getPadding()[0];
            int across = tap % c.getKernelSize()[1] - c.getPadding()[1];
            for (int line = 0; line < places / columns; line++) {
                int r = line % rows * c.getStride()[0] + down;
                if (r < 0 || r >= height) {
                    continue;
                }
                int from = (line / rows * height + r) * width;
                int to = tap * places + line * columns;
                for (int column = 0; column < columns; column++) {
                    int s = column * c.getStride()[1] + across;
                    if (s >= 0 && s < width) {
                        patches[to + column] = pixels[(from + s) * channels + channel];
                    }
                }
            }
        }
        Arrays.fill(patches, taps * places, patches.length, 1);
        return patches;
    }
}
