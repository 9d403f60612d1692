package dev.frl.engine.torch;

import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/** Copies of values to and from native memory. */
final class NativeFloats {
    private NativeFloats() {}

    /** A row-major copy in the caller's scope. */
    static Tensor tensor(float[] values, long... shape) {
        return Natives.onDevice(Tensor.create(values, shape));
    }

    /** A row-major copy of doubles in the caller's scope. */
    static Tensor tensor(double[] values, long... shape) {
        return Natives.onDevice(Tensor.create(values, shape));
    }

    /** A copy of positions in the caller's scope. */
    static Tensor positions(long[] values) {
        return Natives.onDevice(Tensor.create(values, values.length));
    }

    /** Copies the values out, row-major. Call in a scope. */
    static float[] values(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.numel())];
        FloatBuffer buffer = tensor.cpu().contiguous().createBuffer();
        buffer.get(values);
        return values;
    }

    /** Copies doubles out, row-major. Call in a scope. */
    static double[] doubles(Tensor tensor) {
        var values = new double[Math.toIntExact(tensor.numel())];
        DoubleBuffer buffer = tensor.cpu().contiguous().createBuffer();
        buffer.get(values);
        return values;
    }
}
