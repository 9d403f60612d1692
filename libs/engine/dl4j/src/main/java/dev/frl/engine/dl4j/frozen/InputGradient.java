package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.NativeFloats;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The gradient of a stage's input as a convolution that computes blocks of pixels: output channel (a, b, c) at (i, j) is the
 * gradient of pixel (block i + a, block j + b) of channel c.
 *
 * <p>Two reasons. ND4J's backward convolutions copy every array to another layout and back, its forward one does not: 98 ms
 * against 29 for 64 images of 32 x 32, 64 to 64 channels of 3 x 3. And oneDNN fills its 16 lanes with output channels: an
 * image has one or three, and the backward convolution takes 2.0 ms for 64 images of 28 x 28 and 16 channels; by blocks of
 * 4 x 4 it takes 0.4.
 */
public final class InputGradient implements AutoCloseable {
    private static final int LANES = 16;

    private final FrozenConvolution stage;
    private final int kernel;
    private final int step;
    private final int padding;
    private final int offsetOfKernel;

    /** Whether as many blocks as outputs are wanted, and padding is what that takes. */
    private final boolean sameSize;

    final int block;
    final int blocksDown;
    final int blocksAcross;

    /** Shape [kernel, kernel, out of the stage, block block channels]. */
    final INDArray weight;

    final INDArray bias;

    private InputGradient(FrozenConvolution stage, int block, int lowest, int highest, boolean sameSize) {
        this.stage = stage;
        this.block = block;
        this.kernel = highest - lowest + 1;
        this.step = block / stage.stride;
        this.padding = -lowest;
        this.offsetOfKernel = lowest;
        this.sameSize = sameSize;
        this.blocksDown = sameSize ? stage.out.height() : (stage.out.height() + 2 * padding - kernel) / step + 1;
        this.blocksAcross = sameSize ? stage.out.width() : (stage.out.width() + 2 * padding - kernel) / step + 1;
        int channels = block * block * stage.in.channels();
        this.weight = NativeFloats.zeros(kernel, kernel, stage.out.channels(), channels);
        this.bias = NativeFloats.zeros(channels);
    }

    /**
     * The one with the largest blocks that fill the lanes and cover the map; null if none covers it, or if there is no
     * convolution to speak of, since the kernel covers the map.
     *
     * <p>Pixel r = block i + a was multiplied by weight t into output o = (r + padding − t) / stride, where that is whole. So
     * o − (block / stride) i = (a + padding − t) / stride, which is the position in the kernel.
     *
     * @param largest size of a block, in strides
     */
    static @Nullable InputGradient of(FrozenConvolution stage, int largest) {
        if (stage.kernelHeight != stage.kernelWidth
                || (largest == 1 && stage.out.height() == 1 && stage.out.width() == 1)) {
            return null;
        }
        int lowest = Math.floorDiv(stage.padding - stage.kernelHeight + stage.stride, stage.stride);
        for (int factor = largest; factor >= 1 && lowest <= 0; factor--) {
            int block = factor * stage.stride;
            if (factor > 1 && block * block * stage.in.channels() > LANES) {
                continue;
            }
            int highest = Math.floorDiv(block - 1 + stage.padding, stage.stride);
            if (largest == 1 && isWasteful(stage, (highest - lowest + 1) * block)) {
                return null;
            }
            int down = stage.out.height() - 2 * lowest - (highest - lowest + 1);
            int across = stage.out.width() - 2 * lowest - (highest - lowest + 1);
            if (down >= 0
                    && across >= 0
                    && (down / factor + 1) * block >= stage.in.height()
                    && (across / factor + 1) * block >= stage.in.width()) {
                return new InputGradient(stage, block, lowest, highest, false);
            }
            // ND4J's other kind of padding: (kernel − 1) / 2 at the top and left, at the bottom and right what is
            // missing
            if (factor == 1
                    && (highest - lowest) / 2 == -lowest
                    && stage.out.height() * block >= stage.in.height()
                    && stage.out.width() * block >= stage.in.width()) {
                return new InputGradient(stage, block, lowest, highest, true);
            }
        }
        return null;
    }

    /**
     * Whether multiplications are by 0: for a kernel of 4 and a stride of 2 more than half of them, for one of 3 nearly half.
     * Then ND4J's backward convolution is faster, or as fast. Not so for a kernel of 1, whose multiplications are few.
     *
     * @param side of the square of taps of all pixels of a block
     */
    private static boolean isWasteful(FrozenConvolution stage, int side) {
        return stage.kernelHeight > 1 && side > stage.kernelHeight;
    }

    /** @param kernelOfStage shape [height, width, in, out] */
    void refresh(float[] kernelOfStage) {
        int in = stage.in.channels();
        int out = stage.out.channels();
        int channels = block * block * in;
        var values = new float[kernel * kernel * out * channels];
        for (int a = 0; a < block; a++) {
            for (int b = 0; b < block; b++) {
                for (int u = 0; u < kernel; u++) {
                    for (int v = 0; v < kernel; v++) {
                        int row = a + stage.padding - (u + offsetOfKernel) * stage.stride;
                        int column = b + stage.padding - (v + offsetOfKernel) * stage.stride;
                        if (row < 0 || row >= stage.kernelHeight || column < 0 || column >= stage.kernelWidth) {
                            continue;
                        }
                        for (int c = 0; c < in; c++) {
                            for (int o = 0; o < out; o++) {
                                values[((u * kernel + v) * out + o) * channels + (a * block + b) * in + c] =
                                        kernelOfStage[((row * stage.kernelWidth + column) * in + c) * out + o];
                            }
                        }
                    }
                }
            }
        }
        NativeFloats.write(values, values.length, weight);
    }

    /** All blocks, each as one place with many channels. */
    MapShape blocks() {
        return new MapShape(block * block * stage.in.channels(), blocksDown, blocksAcross);
    }

    /** As {@link FrozenConvolution#arguments}. */
    long[] arguments() {
        return new long[] {kernel, kernel, step, step, padding, padding, 1, 1, sameSize ? 1 : 0, 1, 0};
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }
}
