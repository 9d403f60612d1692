package dev.frl.engine.dl4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of the frozen net, with its weights as ND4J's NHWC kernels want them, and whether a ReLU follows.
 *
 * <p>Linear layers are convolutions too, with a kernel as large as the map they see.
 */
final class Stage implements AutoCloseable {
    final Plane in;
    final Plane out;
    final int kernelHeight;
    final int kernelWidth;
    final int stride;
    final int padding;
    final boolean relu;

    /** Shape [kernel height, kernel width, in, out]. */
    final INDArray weight;

    /** Shape [out]. */
    final INDArray bias;

    Stage(Plane in, Plane out, int kernelHeight, int kernelWidth, int stride, int padding, boolean relu) {
        this.in = in;
        this.out = out;
        this.kernelHeight = kernelHeight;
        this.kernelWidth = kernelWidth;
        this.stride = stride;
        this.padding = padding;
        this.relu = relu;
        this.weight = NativeFloats.zeros(kernelHeight, kernelWidth, in.channels(), out.channels());
        this.bias = NativeFloats.zeros(out.channels());
    }

    /** Arguments of ND4J's conv2d and deconv2d: kernel, stride, padding, dilation, explicit padding, NHWC, weight order. */
    long[] arguments(int explicitPadding) {
        return new long[] {kernelHeight, kernelWidth, stride, stride, explicitPadding, explicitPadding, 1, 1, 0, 1, 0};
    }

    int weights() {
        return kernelHeight * kernelWidth * in.channels() * out.channels();
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }

    /** Size of a map. */
    record Plane(int channels, int height, int width) {
        int size() {
            return channels * height * width;
        }
    }
}
