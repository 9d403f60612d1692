package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.pixel_shuffle;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import java.util.Deque;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * The convolution that reads the images, with one to four channels. In its backward pass oneDNN computes at least 16 channels
 * and discards those that are not needed: 1.5 ms for 64 images of 28 x 28, 16 channels and a 4 x 4 kernel, half of an attack's
 * step on {@code cnn-small}. Here a block of B x B pixels takes the place of the channels, and one convolution of the gradient
 * computes all of them (0.3 ms):
 *
 * <pre>
 *   ∂x[c, B i + u, B j + v] = Σ_{o, s, t}  ∂y[o, m i + s, m j + t]  w[o, c, u + p − S s, v + p − S t],    m = B / S
 * </pre>
 *
 * with stride S and padding p of the convolution, and w = 0 outside of the kernel.
 */
final class ImageConvolution implements TorchLayer {
    /** Channels in one vector. */
    private static final int VECTOR = 16;

    private final Geometry geometry;
    private final TorchLayer convolution;
    private final Tensor backwardKernel;

    /** @param backwardKernel from {@link Geometry#backwardKernel}; the caller owns its memory */
    ImageConvolution(Geometry geometry, TorchLayer convolution, Tensor backwardKernel) {
        this.geometry = geometry;
        this.convolution = convolution;
        this.backwardKernel = backwardKernel;
    }

    @Override
    public Tensor forward(Tensor x, Deque<Tensor> tape) {
        return convolution.forward(x, tape);
    }

    @Override
    public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
        tape.pop();
        long[] stride = {geometry.stride(), geometry.stride()};
        long[] padding = {-geometry.first, -geometry.first};
        var blocks = conv2d(gradient, backwardKernel, new TensorOptional(), stride, padding, new long[] {1, 1}, 1);
        return pixel_shuffle(blocks, geometry.block);
    }

    /**
     * @param block B
     * @param first smallest s that occurs
     * @param last largest s that occurs
     */
    record Geometry(Convolution c, int block, int first, int last) {
        static Geometry of(Convolution c) {
            int block = c.stride();
            while (c.in() * 4 * block * block <= VECTOR) {
                block *= 2;
            }
            int first = -Math.floorDiv(c.kernel() - 1 - c.padding(), c.stride());
            return new Geometry(c, block, first, (block - 1 + c.padding()) / c.stride());
        }

        private int stride() {
            return block / c.stride();
        }

        /** Whether blocks cover the image exactly, and are larger than one pixel. */
        boolean fits(Architecture architecture) {
            return c.in() * block * block <= VECTOR
                    && block > 1
                    && first <= 0
                    && covers(architecture.height())
                    && covers(architecture.width());
        }

        private boolean covers(int size) {
            int blocks = (c.outputSize(size) - 2 * first - (last - first + 1)) / stride() + 1;
            return size % block == 0 && blocks == size / block;
        }

        /**
         * @param kernel w, row-major
         * @return shape [in B B, out, taps, taps], in the caller's scope
         */
        Tensor backwardKernel(float[] kernel) {
            int taps = last - first + 1;
            var backwardKernel = new float[c.in() * block * block * c.out() * taps * taps];
            int at = 0;
            for (int to = 0; to < c.in() * block * block; to++) {
                int u = to / block % block;
                int v = to % block;
                for (int o = 0; o < c.out(); o++) {
                    int from = (o * c.in() + to / (block * block)) * c.kernel() * c.kernel();
                    for (int tap = 0; tap < taps * taps; tap++, at++) {
                        int row = u + c.padding() - c.stride() * (first + tap / taps);
                        int column = v + c.padding() - c.stride() * (first + tap % taps);
                        if (row >= 0 && row < c.kernel() && column >= 0 && column < c.kernel()) {
                            backwardKernel[at] = kernel[from + row * c.kernel() + column];
                        }
                    }
                }
            }
            return MemoryOrder.ofKernel(
                    NativeFloats.tensor(backwardKernel, c.in() * (long) block * block, c.out(), taps, taps));
        }
    }
}
