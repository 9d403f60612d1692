package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.NativeFloats;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a pass of a number of images sees of its buffers. */
public final class PassMaps {
    private final PassBuffers buffers;
    private final int count;

    PassMaps(PassBuffers buffers, int count) {
        this.buffers = buffers;
        this.count = count;
    }

    /** Images. */
    int count() {
        return count;
    }

    /** Shape [count, H, W, C]. */
    INDArray value(int map) {
        return NativeFloats.first(buffers.values.get(map), count);
    }

    /** Gradient by the values of a map. */
    INDArray gradient(int map) {
        return NativeFloats.first(buffers.gradients.get(map), count);
    }

    /** Memory that all operations use, for a moment, as an array of that shape behind the count. */
    INDArray scratch(MapShape shape) {
        return NativeFloats.first(buffers.scratch, count, shape.height(), shape.width(), shape.channels());
    }
}
