package dev.frl.engine.dl4j.natives;

import java.nio.FloatBuffer;
import org.bytedeco.javacpp.FloatPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays outside of the Java heap, and copies from and to the heap. */
public final class NativeFloats {
    private NativeFloats() {}

    /** An array of zeros outside of any workspace; the caller closes it. */
    public static INDArray zeros(long... shape) {
        try (var none = Nd4j.getMemoryManager().scopeOutOfWorkspaces()) {
            return Nd4j.create(DataType.FLOAT, shape, 'c');
        }
    }

    /** The first {@code count} entries along the first dimension; shares memory. */
    public static INDArray first(INDArray array, int count) {
        var shape = array.shape();
        shape[0] = count;
        return Nd4j.create(array.data(), shape, array.stride(), 0, 'c');
    }

    /** The first values of an array, in another shape; shares memory. */
    public static INDArray first(INDArray array, long... shape) {
        return Nd4j.create(array.data(), shape, Nd4j.getStrides(shape, 'c'), 0, 'c');
    }

    /** The values of an array, from the first on; shares memory. */
    public static FloatBuffer buffer(INDArray array) {
        return pointer(array).asBuffer();
    }

    public static void write(float[] values, int count, INDArray into) {
        pointer(into).put(values, 0, count);
    }

    public static void read(INDArray array, float[] into, int count) {
        pointer(array).get(into, 0, count);
    }

    private static FloatPointer pointer(INDArray array) {
        return (FloatPointer) array.data().pointer();
    }
}
