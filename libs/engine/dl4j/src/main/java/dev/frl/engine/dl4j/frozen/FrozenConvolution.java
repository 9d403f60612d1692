package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.MapLoops;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Linear;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A convolution of the frozen net, with the batch norm that is folded into it and the ReLU after it. Its weights are in the
 * layout of ND4J's NHWC kernels.
 *
 * <p>Linear layers are convolutions too, with a kernel as large as their input map.
 */
final class FrozenConvolution implements FrozenLayer {
    /**
     * Largest block of the gradient with respect to the images, in strides; the gradients of inner maps have no larger blocks
     * than 1.
     */
    private static final int LARGEST_BLOCK = 4;

    final MapShape in;
    final MapShape out;
    final int kernelHeight;
    final int kernelWidth;
    final int stride;
    final int padding;

    /** Null if no block form covers the map; then ND4J's backward convolution computes the gradient. */
    final @Nullable InputGradient inputGradient;

    private final FrozenPlan.Step step;
    private final String key;
    private final boolean biased;
    private final int map;
    private final boolean adds;

    /** Whether the gradient stays in blocks. So it is for the images, if no other operation reads them. */
    private final boolean inBlocks;

    /** Shape [kernel height, kernel width, in, out]. */
    private final INDArray weight;

    /** Shape [out]. */
    private final INDArray bias;

    /** @param map number of the map that it writes */
    FrozenConvolution(FrozenPlan plan, int map) {
        this.step = plan.steps().get(map - 1);
        this.map = map;
        this.in = plan.shapes().get(step.in);
        this.out = plan.shapes().get(map);
        this.adds = plan.addsGradient(map);
        if (step.layer instanceof Convolution c) {
            this.key = c.key();
            this.biased = c.bias();
            this.kernelHeight = c.kernel();
            this.kernelWidth = c.kernel();
            this.stride = c.stride();
            this.padding = c.padding();
        } else if (step.layer instanceof Linear linear) {
            this.key = linear.key();
            this.biased = true;
            this.kernelHeight = in.height();
            this.kernelWidth = in.width();
            this.stride = 1;
            this.padding = 0;
        } else {
            throw new IllegalArgumentException("no convolution: " + step.layer);
        }
        this.inBlocks = step.in == 0 && plan.readers(0) == 1;
        this.inputGradient = InputGradient.of(this, inBlocks ? LARGEST_BLOCK : 1);
        this.weight = NativeFloats.zeros(kernelHeight, kernelWidth, in.channels(), out.channels());
        this.bias = NativeFloats.zeros(out.channels());
    }

    @Override
    public void addForward(PassMaps maps, OpSequence forward) {
        var result = maps.value(map);
        forward.add("conv2d", arguments(padding), result, maps.value(step.in), weight, bias);
        if (step.relu) {
            forward.addRelu(result);
        }
    }

    @Override
    public void addBackward(PassMaps maps, OpSequence backward) {
        var outputGradient = maps.gradient(map);
        if (step.relu) {
            var loops = new MapLoops(1);
            var mask = NativeFloats.buffer(maps.value(map));
            var masked = NativeFloats.buffer(outputGradient);
            int size = maps.count() * out.size();
            backward.add(() -> loops.mask(masked, mask, size));
        }
        if (inputGradient == null) {
            addBackwardConvolution(maps, outputGradient, backward);
            return;
        }
        var blocks =
                Rearrangement.fromBlocks(inputGradient.blocksDown, inputGradient.blocksAcross, inputGradient.block, in);
        boolean inPlace = inBlocks || (blocks.isNone() && !adds);
        var into = inPlace ? maps.gradient(step.in) : maps.scratch(inputGradient.blocks());
        backward.add(
                "conv2d", inputGradient.arguments(), into, outputGradient, inputGradient.weight, inputGradient.bias);
        if (!inPlace) {
            addRearrangement(blocks, into, maps, backward);
        }
    }

    private void addBackwardConvolution(PassMaps maps, INDArray outputGradient, OpSequence backward) {
        var padded = padded();
        boolean fits = padded.height() - 2 * padding == in.height() && padded.width() - 2 * padding == in.width();
        if (fits && !adds) {
            backward.add("deconv2d", arguments(padding), maps.gradient(step.in), outputGradient, weight);
            return;
        }
        var into = maps.scratch(padded);
        backward.add("deconv2d", arguments(0), into, outputGradient, weight);
        addRearrangement(Rearrangement.crop(padded, padding, in), into, maps, backward);
    }

    /**
     * The map with the padding that the kernel reaches. ND4J's backward convolution cannot omit the padding, because where the
     * stride does not divide the map evenly there is less padding at the bottom and right than at the top and left.
     */
    private MapShape padded() {
        return new MapShape(
                in.channels(), (out.height() - 1) * stride + kernelHeight, (out.width() - 1) * stride + kernelWidth);
    }

    boolean inBlocks() {
        return inBlocks;
    }

    @Override
    public int scratch() {
        return (inputGradient == null ? padded() : inputGradient.blocks()).size();
    }

    private void addRearrangement(Rearrangement rearrangement, INDArray from, PassMaps maps, OpSequence backward) {
        var source = NativeFloats.buffer(from);
        var target = NativeFloats.buffer(maps.gradient(step.in));
        var loops = new MapLoops(1);
        int count = maps.count();
        backward.add(() -> rearrangement.run(source, target, count, adds, loops));
    }

    /** Arguments of ND4J's conv2d and deconv2d: kernel, stride, padding, dilation, explicit padding, NHWC, weight order. */
    private long[] arguments(int explicitPadding) {
        return new long[] {kernelHeight, kernelWidth, stride, stride, explicitPadding, explicitPadding, 1, 1, 0, 1, 0};
    }

    /**
     * Copies the weights from [out, in, height, width] to [height, width, in, out], with batch norm folded in.
     *
     * <pre>
     *   scale = weight / √(variance + ε),   kernel' = kernel scale,   bias' = (bias − mean) scale + shift
     * </pre>
     *
     * A linear layer after an average pool over h x w has its weight, divided by h w, at every position.
     */
    @Override
    public void refresh(Parameters parameters) {
        var kernel = new float[kernelHeight * kernelWidth * in.channels() * out.channels()];
        var shift = new float[out.channels()];
        int kernelArea = kernelHeight * kernelWidth;
        int outputs = out.channels();
        int weightAt = parameters.offset(key + ".weight");
        var values = parameters.values();
        for (int o = 0; o < outputs; o++) {
            double scale = 1;
            shift[o] = biased ? values[parameters.offset(key + ".bias") + o] : 0;
            if (step.norm != null) {
                var norm = new Affine(parameters, step.norm, o);
                scale = norm.scale;
                shift[o] = (float) ((shift[o] - norm.mean) * scale + norm.shift);
            }
            for (int c = 0; c < in.channels(); c++) {
                for (int k = 0; k < kernelArea; k++) {
                    double weight = step.averages
                            ? values[weightAt + o * in.channels() + c] / (double) kernelArea
                            : values[weightAt + (o * in.channels() + c) * kernelArea + k];
                    kernel[(k * in.channels() + c) * outputs + o] = (float) (weight * scale);
                }
            }
        }
        NativeFloats.write(kernel, kernel.length, weight);
        NativeFloats.write(shift, shift.length, bias);
        if (inputGradient != null) {
            inputGradient.refresh(kernel);
        }
    }

    /** A batch norm in evaluation mode on one channel: (x − mean) scale + shift. */
    static final class Affine {
        final double mean;
        final double scale;
        final double shift;

        Affine(Parameters parameters, BatchNorm norm, int channel) {
            var values = parameters.values();
            mean = values[parameters.offset(norm.key() + ".running_mean") + channel];
            double variance = values[parameters.offset(norm.key() + ".running_var") + channel];
            scale = values[parameters.offset(norm.key() + ".weight") + channel]
                    / Math.sqrt(variance + BatchNorm.EPSILON);
            shift = values[parameters.offset(norm.key() + ".bias") + channel];
        }
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
        if (inputGradient != null) {
            inputGradient.close();
        }
    }

    /** Size of a map. */
    record MapShape(int channels, int height, int width) {
        int size() {
            return channels * height * width;
        }
    }
}
