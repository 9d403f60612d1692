package dev.frl.engine.dl4j;

import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradient of the first stage's input as a convolution that computes blocks of pixels: output channel (a, b, c) at
 * (i, j) is the gradient of pixel (block i + a, block j + b) of channel c.
 *
 * <p>oneDNN fills its 16 lanes with output channels. An image has one or three, and the backward convolution takes 2.0 ms
 * for 64 images of 28 x 28 and 16 channels; by blocks of 4 x 4 it takes 0.4.
 */
final class InputGradient implements AutoCloseable {
    private static final int LANES = 16;

    private final Stage first;
    private final int kernel;
    private final int step;
    private final int padding;
    private final int offsetOfKernel;

    final int block;
    final int blocksDown;
    final int blocksAcross;

    /** Shape [kernel, kernel, out of the stage, block block channels]. */
    final INDArray weight;

    final INDArray bias;

    private InputGradient(Stage first, int block, int lowest, int highest) {
        this.first = first;
        this.block = block;
        this.kernel = highest - lowest + 1;
        this.step = block / first.stride;
        this.padding = -lowest;
        this.offsetOfKernel = lowest;
        this.blocksDown = (first.out.height() + 2 * padding - kernel) / step + 1;
        this.blocksAcross = (first.out.width() + 2 * padding - kernel) / step + 1;
        int channels = block * block * first.in.channels();
        this.weight = NativeFloats.zeros(kernel, kernel, first.out.channels(), channels);
        this.bias = NativeFloats.zeros(channels);
    }

    /**
     * The one with the largest blocks that fill the lanes and cover the image; null if none covers it.
     *
     * <p>Pixel r = block i + a was multiplied by weight t into output o = (r + padding − t) / stride, where that is whole. So
     * o − (block / stride) i = (a + padding − t) / stride, which is the position in the kernel.
     */
    static @Nullable InputGradient of(Stage first) {
        if (first.kernelHeight != first.kernelWidth) {
            return null;
        }
        for (int factor = 4; factor >= 1; factor--) {
            int block = factor * first.stride;
            int lowest = Math.floorDiv(first.padding - first.kernelHeight + first.stride, first.stride);
            int highest = Math.floorDiv(block - 1 + first.padding, first.stride);
            if (lowest > 0 || (factor > 1 && block * block * first.in.channels() > LANES)) {
                continue;
            }
            int down = first.out.height() - 2 * lowest - (highest - lowest + 1);
            int across = first.out.width() - 2 * lowest - (highest - lowest + 1);
            if (down >= 0
                    && across >= 0
                    && (down / factor + 1) * block >= first.in.height()
                    && (across / factor + 1) * block >= first.in.width()) {
                return new InputGradient(first, block, lowest, highest);
            }
        }
        return null;
    }

    /** @param kernelOfStage shape [height, width, in, out] */
    void refresh(float[] kernelOfStage) {
        int in = first.in.channels();
        int out = first.out.channels();
        int channels = block * block * in;
        var values = new float[kernel * kernel * out * channels];
        for (int a = 0; a < block; a++) {
            for (int b = 0; b < block; b++) {
                for (int u = 0; u < kernel; u++) {
                    for (int v = 0; v < kernel; v++) {
                        int row = a + first.padding - (u + offsetOfKernel) * first.stride;
                        int column = b + first.padding - (v + offsetOfKernel) * first.stride;
                        if (row < 0 || row >= first.kernelHeight || column < 0 || column >= first.kernelWidth) {
                            continue;
                        }
                        for (int c = 0; c < in; c++) {
                            for (int o = 0; o < out; o++) {
                                values[((u * kernel + v) * out + o) * channels + (a * block + b) * in + c] =
                                        kernelOfStage[((row * first.kernelWidth + column) * in + c) * out + o];
                            }
                        }
                    }
                }
            }
        }
        NativeFloats.write(values, values.length, weight);
    }

    /** As {@link Stage#arguments}. */
    long[] arguments() {
        return new long[] {kernel, kernel, step, step, padding, padding, 1, 1, 0, 1, 0};
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }
}
