package dev.frl.engine.torch;

import org.bytedeco.pytorch.Tensor;

/**
 * In which order numbers of shape [N, C, H, W] lie in memory. oneDNN's kernels take channels-last maps as they are, and only
 * copy others around them first; but where kernels are large and maps therefore small (512 channels on 4 x 4) its
 * channels-last kernels reach two thirds of the speed of the others (22 ms against 14 for 32 images).
 */
final class MemoryOrder {
    /** Numbers in a kernel. */
    private static final long LARGE = 1 << 20;

    private MemoryOrder() {}

    /** A kernel, shape [out, in, kernel, kernel], in the order that its convolution wants. */
    static Tensor ofKernel(Tensor kernel) {
        return kernel.numel() > LARGE ? kernel.contiguous() : channelsLast(kernel);
    }

    /** A convolution's input in the order of its kernel. */
    static Tensor ofInput(Tensor x, Tensor kernel) {
        return kernel.numel() > LARGE ? x.contiguous() : x;
    }

    /** Also where C is 1 and the order is the same either way: libtorch then goes by the strides. */
    static Tensor channelsLast(Tensor tensor) {
        return tensor.permute(0, 2, 3, 1)
                .reshape(-1)
                .view(tensor.size(0), tensor.size(2), tensor.size(3), tensor.size(1))
                .permute(0, 3, 1, 2);
    }
}
