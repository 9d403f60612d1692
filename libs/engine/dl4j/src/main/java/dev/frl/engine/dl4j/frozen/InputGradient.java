package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.NativeFloats;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradient with respect to a convolution's input, computed as a forward convolution that gives blocks of pixels: output
 * channel (a, b, c) at (i, j) is the gradient with respect to pixel (block i + a, block j + b) of channel c.
 *
 * <p>There are two reasons. First, ND4J's backward convolutions copy every array to another layout and back, its forward
 * convolution does not: 98 ms against 29 ms for 64 images of 32 x 32, 64 to 64 channels, kernel 3 x 3. Second, oneDNN computes
 * 16 output channels at a time, and an image has one or three: the backward convolution takes 2.0 ms for 64 images of 28 x 28
 * and 16 channels, with blocks of 4 x 4 pixels it takes 0.4 ms.
 */
final class InputGradient implements AutoCloseable {
    /** Output channels that oneDNN computes at a time. */
    private static final int VECTOR = 16;

    private final FrozenConvolution convolution;
    private final int kernel;
    private final int step;
    private final int padding;
    private final int firstTap;

    /** Whether there are as many blocks as outputs, with the padding that this needs. */
    private final boolean sameSize;

    final int block;
    final int blocksDown;
    final int blocksAcross;

    /** Shape [kernel, kernel, out of the convolution, block block channels]. */
    final INDArray weight;

    final INDArray bias;

    private InputGradient(FrozenConvolution convolution, int block, int lowest, int highest, boolean sameSize) {
        this.convolution = convolution;
        this.block = block;
        this.kernel = highest - lowest + 1;
        this.step = block / convolution.stride;
        this.padding = -lowest;
        this.firstTap = lowest;
        this.sameSize = sameSize;
        this.blocksDown =
                sameSize ? convolution.out.height() : (convolution.out.height() + 2 * padding - kernel) / step + 1;
        this.blocksAcross =
                sameSize ? convolution.out.width() : (convolution.out.width() + 2 * padding - kernel) / step + 1;
        int channels = block * block * convolution.in.channels();
        this.weight = NativeFloats.zeros(kernel, kernel, convolution.out.channels(), channels);
        this.bias = NativeFloats.zeros(channels);
    }

    /**
     * The form with the largest blocks that fit into a vector and cover the map. Null if no form covers the map, or if the
     * kernel covers the whole map, so that there is only one output.
     *
     * <p>Pixel r = block i + a contributes through weight t to output o = (r + padding − t) / stride, if that is an integer. So
     * o − (block / stride) i = (a + padding − t) / stride, which is the position in the kernel.
     *
     * @param largest largest size of a block, in strides
     */
    static @Nullable InputGradient of(FrozenConvolution convolution, int largest) {
        if (convolution.kernelHeight != convolution.kernelWidth
                || (largest == 1 && convolution.out.height() == 1 && convolution.out.width() == 1)) {
            return null;
        }
        int lowest =
                Math.floorDiv(convolution.padding - convolution.kernelHeight + convolution.stride, convolution.stride);
        for (int factor = largest; factor >= 1 && lowest <= 0; factor--) {
            int block = factor * convolution.stride;
            if (factor > 1 && block * block * convolution.in.channels() > VECTOR) {
                continue;
            }
            int highest = Math.floorDiv(block - 1 + convolution.padding, convolution.stride);
            if (largest == 1 && isWasteful(convolution, (highest - lowest + 1) * block)) {
                return null;
            }
            int down = convolution.out.height() - 2 * lowest - (highest - lowest + 1);
            int across = convolution.out.width() - 2 * lowest - (highest - lowest + 1);
            if (down >= 0
                    && across >= 0
                    && (down / factor + 1) * block >= convolution.in.height()
                    && (across / factor + 1) * block >= convolution.in.width()) {
                return new InputGradient(convolution, block, lowest, highest, false);
            }
            // ND4J's padding mode SAME: (kernel − 1) / 2 at the top and left, the rest at the bottom and right
            if (factor == 1
                    && (highest - lowest) / 2 == -lowest
                    && convolution.out.height() * block >= convolution.in.height()
                    && convolution.out.width() * block >= convolution.in.width()) {
                return new InputGradient(convolution, block, lowest, highest, true);
            }
        }
        return null;
    }

    /**
     * Whether many multiplications are by 0: more than half of them for kernel 4 and stride 2, nearly half for kernel 3. Then
     * ND4J's backward convolution is as fast or faster. This does not hold for kernel 1, which has few multiplications.
     *
     * @param side side of the square of kernel taps, over all pixels of a block
     */
    private static boolean isWasteful(FrozenConvolution convolution, int side) {
        return convolution.kernelHeight > 1 && side > convolution.kernelHeight;
    }

    /** @param convolutionKernel shape [height, width, in, out] */
    void refresh(float[] convolutionKernel) {
        int in = convolution.in.channels();
        int out = convolution.out.channels();
        int channels = block * block * in;
        var values = new float[kernel * kernel * out * channels];
        for (int a = 0; a < block; a++) {
            for (int b = 0; b < block; b++) {
                for (int u = 0; u < kernel; u++) {
                    for (int v = 0; v < kernel; v++) {
                        int row = a + convolution.padding - (u + firstTap) * convolution.stride;
                        int column = b + convolution.padding - (v + firstTap) * convolution.stride;
                        if (row < 0
                                || row >= convolution.kernelHeight
                                || column < 0
                                || column >= convolution.kernelWidth) {
                            continue;
                        }
                        for (int c = 0; c < in; c++) {
                            for (int o = 0; o < out; o++) {
                                values[((u * kernel + v) * out + o) * channels + (a * block + b) * in + c] =
                                        convolutionKernel[
                                                ((row * convolution.kernelWidth + column) * in + c) * out + o];
                            }
                        }
                    }
                }
            }
        }
        NativeFloats.write(values, values.length, weight);
    }

    /** Shape of all blocks, each as one pixel with many channels. */
    MapShape blocks() {
        return new MapShape(block * block * convolution.in.channels(), blocksDown, blocksAcross);
    }

    /** Arguments of ND4J's conv2d, as in {@link FrozenConvolution}. */
    long[] arguments() {
        return new long[] {kernel, kernel, step, step, padding, padding, 1, 1, sameSize ? 1 : 0, 1, 0};
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }
}
