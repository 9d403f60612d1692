package dev.frl.engine.torch;

import dev.frl.engine.NotFiniteException;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import org.bytedeco.pytorch.Tensor;

/** Numbers in and out of native memory. */
final class NativeFloats {
    private NativeFloats() {}

    /** A copy in the caller's scope; row-major. */
    static Tensor tensor(float[] values, long... shape) {
        return Natives.onDevice(Tensor.create(values, shape));
    }

    /** The same of doubles. */
    static Tensor tensor(double[] values, long... shape) {
        return Natives.onDevice(Tensor.create(values, shape));
    }

    /** The same of positions. */
    static Tensor positions(long[] values) {
        return Natives.onDevice(Tensor.create(values, values.length));
    }

    /** Copies out, row-major. Call in a scope. */
    static float[] values(Tensor tensor) {
        var values = new float[Math.toIntExact(tensor.numel())];
        FloatBuffer buffer = tensor.cpu().contiguous().createBuffer();
        buffer.get(values);
        return values;
    }

    /** The same of doubles. */
    static double[] doubles(Tensor tensor) {
        var values = new double[Math.toIntExact(tensor.numel())];
        DoubleBuffer buffer = tensor.cpu().contiguous().createBuffer();
        buffer.get(values);
        return values;
    }

    /** @throws NotFiniteException naming {@code where} if a number is NaN or infinite */
    static void requireFinite(float[] values, String where) {
        float sum = 0;
        for (float value : values) {
            sum += value * 0; // NaN as soon as one number is NaN or infinite
        }
        if (Float.isNaN(sum)) {
            throw new NotFiniteException(where);
        }
    }
}
