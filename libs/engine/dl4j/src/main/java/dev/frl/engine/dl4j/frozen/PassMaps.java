package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.dl4j.natives.NativeFloats;
import org.nd4j.linalg.api.ndarray.INDArray;

/** A pass's view of its buffers, for its number of images. */
final class PassMaps {
    private final PassBuffers buffers;
    private final int count;

    PassMaps(PassBuffers buffers, int count) {
        this.buffers = buffers;
        this.count = count;
    }

    /** Number of images. */
    int count() {
        return count;
    }

    /** Shape [count, H, W, C]. */
    INDArray value(int map) {
        return NativeFloats.first(buffers.values.get(map), count);
    }

    /** Gradient with respect to the values of a map. */
    INDArray gradient(int map) {
        return NativeFloats.first(buffers.gradients.get(map), count);
    }

    /**
     * Scratch memory as an array of the shape [count, H, W, C]. All operations share it, so it is valid within one operation.
     */
    INDArray scratch(MapShape shape) {
        return NativeFloats.first(buffers.scratch, count, shape.height(), shape.width(), shape.channels());
    }
}
