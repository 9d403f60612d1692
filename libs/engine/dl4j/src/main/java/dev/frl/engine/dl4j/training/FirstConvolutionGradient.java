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
 * Gradient of the first convolution's weights, as one product of matrices: what each weight saw, times the gradient of what
 * it added to. Nobody needs the images' gradient in training, and oneDNN's backward convolution, which computes both, is
 * slow on one channel: 23 ms for 128 images of 28 x 28 and 16 channels against 2.
 */
public final class FirstConvolutionGradient {
    private FirstConvolutionGradient() {}

    /**
     * Writes the gradients of weight and, if there is one, bias into their views.
     *
     * @param images shape [N, H, W, C]
     * @param byOutput shape [N, H', W', out]
     */
    static Gradient gradient(
            FusedConvolution c,
            INDArray images,
            INDArray byOutput,
            Map<String, INDArray> views,
            LayerWorkspaceMgr workspaces) {
        int taps = Math.toIntExact(c.getNIn()) * c.getKernelSize()[0] * c.getKernelSize()[1];
        int places = Math.toIntExact(byOutput.length() / c.getNOut());
        var seen = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, DataType.FLOAT, new long[] {taps + 1, places}, 'c');
        NativeFloats.write(seen(c, images, byOutput, taps, places), (taps + 1) * places, seen);
        var product = workspaces.createUninitialized(
                ArrayType.BP_WORKING_MEM, DataType.FLOAT, new long[] {taps + 1, c.getNOut()}, 'c');
        seen.mmuli(byOutput.reshape('c', places, c.getNOut()), product);
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
     * The pixel that each weight was multiplied with, at each place of the output; 0 in the padding.
     *
     * @return shape [C kernel kernel + 1, N H' W'], in the order of PyTorch's weights; the last row is the bias's, ones
     */
    private static float[] seen(FusedConvolution c, INDArray images, INDArray byOutput, int taps, int places) {
        int channels = Math.toIntExact(c.getNIn());
        int height = Math.toIntExact(images.size(1));
        int width = Math.toIntExact(images.size(2));
        int rows = Math.toIntExact(byOutput.size(1));
        int columns = Math.toIntExact(byOutput.size(2));
        var pixels = new float[Math.toIntExact(images.length())];
        NativeFloats.read(images, pixels, pixels.length);
        var seen = new float[(taps + 1) * places];
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
                        seen[to + column] = pixels[(from + s) * channels + channel];
                    }
                }
            }
        }
        Arrays.fill(seen, taps * places, seen.length, 1);
        return seen;
    }
}
