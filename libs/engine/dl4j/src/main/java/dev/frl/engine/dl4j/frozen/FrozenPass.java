package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.NativeFloats;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Forward pass of a fixed number of images through a frozen net, and backward pass to the gradient with respect to the pixels.
 * Every operation is prepared once and then repeated on the same arrays.
 *
 * <p>For one thread. Does not own the buffers.
 */
final class FrozenPass implements AutoCloseable {
    private final OpSequence forward = new OpSequence();
    private final OpSequence backward = new OpSequence();
    private final INDArray images;
    private final INDArray logits;
    private final INDArray logitGradient;
    private final INDArray pixelGradient;

    FrozenPass(FrozenNet net, PassBuffers buffers, int count) {
        var maps = new PassMaps(buffers, count);
        int last = net.layers.size();
        images = maps.value(0);
        logits = maps.value(last);
        logitGradient = maps.gradient(last);
        pixelGradient = maps.gradient(0);
        for (int i = 0; i < last; i++) {
            net.layers.get(i).addForward(maps, forward);
        }
        for (int i = last - 1; i >= 0; i--) {
            net.layers.get(i).addBackward(maps, backward);
        }
    }

    /**
     * @param nhwc images, shape [count, H, W, C]
     * @param into receives the logits, shape [count, classes]
     */
    void forward(float[] nhwc, float[] into) {
        NativeFloats.write(nhwc, Math.toIntExact(images.length()), images);
        forward.run();
        NativeFloats.read(logits, into, Math.toIntExact(logits.length()));
    }

    /**
     * The backward pass after the last {@link #forward}.
     *
     * @param logitGradients gradient with respect to the logits, shape [count, classes]
     * @param into receives the gradient with respect to the pixels, in {@link PixelOrder}
     */
    void backward(float[] logitGradients, float[] into) {
        NativeFloats.write(logitGradients, Math.toIntExact(logitGradient.length()), logitGradient);
        backward.run();
        NativeFloats.read(pixelGradient, into, Math.toIntExact(pixelGradient.length()));
    }

    @Override
    public void close() {
        forward.close();
        backward.close();
    }
}
