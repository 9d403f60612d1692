package dev.frl.engine.dl4j;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.CustomOp;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.api.ops.OpContext;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The way of a fixed number of images forward through a frozen net, and back to the gradient of the pixels. Every
 * operation is prepared once and then repeated: its arrays stay where they are.
 *
 * <p>Belongs to one thread. Does not own the buffers.
 */
final class FrozenPass implements AutoCloseable {
    private final int count;
    private final List<Runnable> forward = new ArrayList<>();
    private final List<Runnable> backward = new ArrayList<>();
    private final List<OpContext> contexts = new ArrayList<>();
    private final INDArray images;
    private final INDArray logits;
    private final INDArray logitGradient;
    private final INDArray pixelGradient;

    FrozenPass(FrozenNet net, PassBuffers buffers, int count) {
        this.count = count;
        int last = net.stages.size() - 1;
        images = NativeFloats.first(buffers.values.get(0), count);
        logits = NativeFloats.first(buffers.values.get(last + 1), count);
        logitGradient = NativeFloats.first(buffers.gradients.get(last + 1), count);
        for (int i = 0; i <= last; i++) {
            var stage = net.stages.get(i);
            var in = NativeFloats.first(buffers.values.get(i), count);
            var out = NativeFloats.first(buffers.values.get(i + 1), count);
            forward.add(operation("conv2d", stage.arguments(stage.padding), out, in, stage.weight, stage.bias));
            if (stage.relu) {
                forward.add(relu(out));
            }
        }
        for (int i = last; i > 0; i--) {
            addWayBack(net.stages.get(i), buffers, i);
        }
        pixelGradient = addWayBackToPixels(net, buffers);
    }

    private void addWayBack(Stage stage, PassBuffers buffers, int i) {
        var outGradient = NativeFloats.first(buffers.gradients.get(i + 1), count);
        var inGradient = NativeFloats.first(buffers.gradients.get(i), count);
        if (stage.relu) {
            addMask(NativeFloats.first(buffers.values.get(i + 1), count), outGradient);
        }
        var padded = buffers.padded.get(i);
        if (padded == null) {
            backward.add(operation("deconv2d", stage.arguments(stage.padding), inGradient, outGradient, stage.weight));
        } else {
            backward.add(operation(
                    "deconv2d", stage.arguments(0), NativeFloats.first(padded, count), outGradient, stage.weight));
            backward.add(crop(stage, padded, buffers.gradients.get(i)));
        }
    }

    private INDArray addWayBackToPixels(FrozenNet net, PassBuffers buffers) {
        var byBlocks = net.inputGradient;
        if (byBlocks == null) {
            addWayBack(net.stages.get(0), buffers, 0);
            return NativeFloats.first(buffers.gradients.get(0), count);
        }
        var outGradient = NativeFloats.first(buffers.gradients.get(1), count);
        if (net.stages.get(0).relu) {
            addMask(NativeFloats.first(buffers.values.get(1), count), outGradient);
        }
        var blocks = NativeFloats.first(buffers.gradients.get(0), count);
        backward.add(operation("conv2d", byBlocks.arguments(), blocks, outGradient, byBlocks.weight, byBlocks.bias));
        return blocks;
    }

    /**
     * gradient ← gradient where activation > 0, else 0. The activation becomes the mask: nobody needs it any more. Two
     * simple operations, since relu_bp takes three times as long (1.5 ms on 800,000 floats).
     */
    private void addMask(INDArray activation, INDArray gradient) {
        var step = new Step(activation, activation, 0.0);
        backward.add(() -> Nd4j.getExecutioner().exec(step));
        backward.add(operation("multiply", new long[0], gradient, gradient, activation));
    }

    private Runnable relu(INDArray values) {
        var context = context(values, values);
        context.setTArguments(0.0);
        return run("relu", context);
    }

    private Runnable operation(String name, long[] arguments, INDArray output, INDArray... inputs) {
        var context = context(output, inputs);
        context.setIArguments(arguments);
        return run(name, context);
    }

    private OpContext context(INDArray output, INDArray... inputs) {
        var context = Nd4j.getExecutioner().buildContext();
        contexts.add(context);
        context.setInputArrays(inputs);
        context.setOutputArrays(output);
        return context;
    }

    private static Runnable run(String name, OpContext context) {
        CustomOp operation = DynamicCustomOp.builder(name).build();
        return () -> Nd4j.getExecutioner().exec(operation, context);
    }

    /**
     * Takes the padding off. The backward convolution cannot: it would need less padding at the bottom and right than at
     * the top and left, wherever the stride does not divide the map evenly.
     */
    private Runnable crop(Stage stage, INDArray padded, INDArray into) {
        FloatBuffer from = padded.data().asNioFloat();
        FloatBuffer to = into.data().asNioFloat();
        int channels = stage.in.channels();
        int paddedHeight = (int) padded.size(1);
        int paddedWidth = (int) padded.size(2);
        int rows = Math.min(stage.in.height(), paddedHeight - stage.padding);
        int columns = Math.min(stage.in.width(), paddedWidth - stage.padding);
        return () -> {
            for (int n = 0; n < count; n++) {
                for (int r = 0; r < rows; r++) {
                    int source = ((n * paddedHeight + r + stage.padding) * paddedWidth + stage.padding) * channels;
                    int target = (n * stage.in.height() + r) * stage.in.width() * channels;
                    to.put(target, from, source, columns * channels);
                }
            }
        };
    }

    /**
     * @param nhwc images, shape [count, H, W, C]
     * @param into gets the logits, shape [count, classes]
     */
    void forward(float[] nhwc, float[] into) {
        NativeFloats.write(nhwc, Math.toIntExact(images.length()), images);
        forward.forEach(Runnable::run);
        NativeFloats.read(logits, into, Math.toIntExact(logits.length()));
    }

    /**
     * From the last {@link #forward}, which can be gone back only once.
     *
     * @param byLogits gradient by the logits, shape [count, classes]
     * @param into gets the gradient by the pixels, as {@link PixelOrder} says
     */
    void backward(float[] byLogits, float[] into) {
        NativeFloats.write(byLogits, Math.toIntExact(logitGradient.length()), logitGradient);
        backward.forEach(Runnable::run);
        NativeFloats.read(pixelGradient, into, Math.toIntExact(pixelGradient.length()));
    }

    int count() {
        return count;
    }

    @Override
    public void close() {
        for (@Nullable OpContext context : contexts) {
            closeQuietly(context);
        }
    }

    private static void closeQuietly(@Nullable OpContext context) {
        try {
            if (context != null) {
                context.close();
            }
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}
