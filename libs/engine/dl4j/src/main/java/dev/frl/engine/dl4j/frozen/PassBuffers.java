package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.NativeFloats;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Memory outside of the Java heap for passes through one frozen net with up to a number of images. For one thread. */
final class PassBuffers implements AutoCloseable {
    /** Values of each map, by its number, shape [count, H, W, C]. */
    final List<INDArray> values = new ArrayList<>();

    /**
     * Gradients with respect to each map. The first is that with respect to the pixels, in blocks if the net computes blocks.
     */
    final List<INDArray> gradients = new ArrayList<>();

    /** Scratch memory; its content is valid within one operation only. */
    final INDArray scratch;

    PassBuffers(FrozenNet net, int count) {
        var plan = net.plan;
        plan.shapes().forEach(shape -> values.add(shape(count, shape)));
        var owned = new HashMap<Integer, INDArray>();
        for (int map = 0; map < values.size(); map++) {
            var blocks = net.inputGradient;
            var shape =
                    map == 0 && blocks != null ? blocks.blocks() : plan.shapes().get(map);
            gradients.add(owned.computeIfAbsent(plan.gradientOwner(map), owner -> shape(count, shape)));
        }
        int largest = net.layers.stream().mapToInt(FrozenLayer::scratch).max().orElse(0);
        scratch = NativeFloats.zeros(Math.multiplyExact(count, Math.max(1, largest)));
    }

    private static INDArray shape(int count, MapShape shape) {
        return NativeFloats.zeros(count, shape.height(), shape.width(), shape.channels());
    }

    @Override
    public void close() {
        values.forEach(INDArray::close);
        gradients.stream().filter(array -> !array.wasClosed()).forEach(INDArray::close); // maps may share a gradient
        scratch.close();
    }
}
