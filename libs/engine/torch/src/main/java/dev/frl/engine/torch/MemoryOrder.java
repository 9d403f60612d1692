package dev.frl.engine.torch;

import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Memory order of tensors of shape [N, C, H, W]: row-major or channels-last.
 *
 * <p>On the CPU, oneDNN uses channels-last maps directly and copies maps in other orders first. But for large kernels, whose
 * maps are small (512 channels on 4 x 4), its channels-last implementation reaches only two thirds of the speed of the other one
 * (22 ms against 14 ms for 32 images).
 *
 * <p>On a GPU, cuDNN computes float32 faster in row-major order (PGD-20 of 1,024 images with {@code preactresnet18} on an H200:
 * 2.4 s against 3.0 s), and lower precisions in channels-last order, which the tensor cores use.
 */
final class MemoryOrder {
    /** Values in a kernel above which it counts as large. */
    private static final long LARGE = 1 << 20;

    private MemoryOrder() {}

    /** A kernel, shape [out, in, kernel, kernel], in the order for its convolution. */
    static Tensor ofKernel(Tensor kernel) {
        return isRowMajor(kernel) ? kernel.contiguous() : channelsLast(kernel);
    }

    /** A convolution's input in the order that fits its kernel. */
    static Tensor ofInput(Tensor x, Tensor kernel) {
        return isRowMajor(kernel) ? x.contiguous() : x;
    }

    private static boolean isRowMajor(Tensor kernel) {
        return Natives.isOnGpu() ? isFloat(kernel) : kernel.numel() > LARGE;
    }

    /** Images, row-major, in the order for a net. */
    static Tensor ofImages(Tensor images) {
        return Natives.isOnGpu() ? images : channelsLast(images);
    }

    /** Gradient of a map, in the order for the convolutions before it. */
    static Tensor ofGradient(Tensor gradient) {
        return gradient.contiguous(
                Natives.isOnGpu() && isFloat(gradient) ? MemoryFormat.Contiguous : MemoryFormat.ChannelsLast);
    }

    private static boolean isFloat(Tensor tensor) {
        return tensor.scalar_type().intern() == ScalarType.Float;
    }

    /** Sets the strides even if C is 1, where both orders are the same in memory: libtorch chooses by the strides. */
    static Tensor channelsLast(Tensor tensor) {
        return tensor.permute(0, 2, 3, 1)
                .reshape(-1)
                .view(tensor.size(0), tensor.size(2), tensor.size(3), tensor.size(1))
                .permute(0, 3, 1, 2);
    }
}
