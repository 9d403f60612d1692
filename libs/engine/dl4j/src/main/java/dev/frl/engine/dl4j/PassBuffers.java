package dev.frl.engine.dl4j;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory outside of the heap for passes of up to a number of images through one frozen net. Belongs to one thread. */
final class PassBuffers implements AutoCloseable {
    /** Images, then the output of each stage: [count, H, W, C]. */
    final List<INDArray> values = new ArrayList<>();

    /** Gradients by the same; the first by the pixels, in blocks if the frozen net has such. */
    final List<INDArray> gradients = new ArrayList<>();

    /** Where a stage's backward convolution writes before it is cropped; null where nothing needs cropping. */
    final List<@Nullable INDArray> padded = new ArrayList<>();

    PassBuffers(FrozenNet net, int count) {
        var first = net.stages.get(0).in;
        var blocks = net.inputGradient;
        values.add(plane(count, first));
        gradients.add(
                blocks == null
                        ? plane(count, first)
                        : NativeFloats.zeros(
                                count,
                                blocks.blocksDown,
                                blocks.blocksAcross,
                                (long) blocks.block * blocks.block * first.channels()));
        for (var stage : net.stages) {
            values.add(plane(count, stage.out));
            gradients.add(plane(count, stage.out));
            int height = (stage.out.height() - 1) * stage.stride + stage.kernelHeight;
            int width = (stage.out.width() - 1) * stage.stride + stage.kernelWidth;
            boolean fits =
                    height - 2 * stage.padding == stage.in.height() && width - 2 * stage.padding == stage.in.width();
            padded.add(fits ? null : NativeFloats.zeros(count, height, width, stage.in.channels()));
        }
    }

    private static INDArray plane(int count, Stage.Plane plane) {
        return NativeFloats.zeros(count, plane.height(), plane.width(), plane.channels());
    }

    @Override
    public void close() {
        values.forEach(INDArray::close);
        gradients.forEach(INDArray::close);
        for (var array : padded) {
            if (array != null) {
                array.close();
            }
        }
    }
}
