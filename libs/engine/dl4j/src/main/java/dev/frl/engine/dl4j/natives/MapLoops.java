package dev.frl.engine.dl4j.natives;

import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Loops over [..., C] maps outside of the Java heap. They copy one piece after the other to arrays on the heap that fit into
 * the L1 cache. The compiler vectorizes loops over these arrays, and a map that is read once costs little more than the read.
 * With ND4J's own operations each step would be one loop that reads the map again.
 *
 * <p>Constants per channel are repeated over a whole piece, so that the inner loop is long. For one thread.
 */
public final class MapLoops {
    private static final int LONG_ENOUGH = 2048;

    /** Multiplied twice by this factor, any positive float exceeds 1. */
    private static final float HUGE = 1e30f;

    /** Pieces that are summed in floats before the sum is added to doubles. */
    private static final int PIECES_PER_SUM = 64;

    private final int channels;
    private final int period;
    private final float[] a;
    private final float[] b;
    private final float[] c;

    public MapLoops(int channels) {
        this.channels = channels;
        this.period = channels * Math.max(1, LONG_ENOUGH / channels);
        this.a = new float[period];
        this.b = new float[period];
        this.c = new float[period];
    }

    public float[] repeat(double[] perChannel) {
        var repeated = new float[period];
        for (int k = 0; k < period; k++) {
            repeated[k] = (float) perChannel[k % channels];
        }
        return repeated;
    }

    /** y ← max((x − mean) scale + shift, floor). */
    public void affine(
            FloatBuffer x, float[] mean, float[] scale, float[] shift, float floor, FloatBuffer y, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            x.get(at, a, 0, length);
            for (int k = 0; k < length; k++) {
                a[k] = Math.max((a[k] - mean[k]) * scale[k] + shift[k], floor);
            }
            y.put(at, a, 0, length);
        }
    }

    /** z ← max(x + y, floor). */
    public void sum(FloatBuffer x, FloatBuffer y, float floor, FloatBuffer z, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            x.get(at, a, 0, length);
            y.get(at, b, 0, length);
            for (int k = 0; k < length; k++) {
                a[k] = Math.max(a[k] + b[k], floor);
            }
            z.put(at, a, 0, length);
        }
    }

    /** to[at...] ← to[at...] + from[position...]. */
    public void add(FloatBuffer from, int position, FloatBuffer to, int at, int size) {
        for (int done = 0; done < size; done += period) {
            int length = Math.min(period, size - done);
            from.get(position + done, a, 0, length);
            to.get(at + done, b, 0, length);
            for (int k = 0; k < length; k++) {
                b[k] += a[k];
            }
            to.put(at + done, b, 0, length);
        }
    }

    /** g ← g where y > 0, else 0; no value of y is negative. */
    public void mask(FloatBuffer g, FloatBuffer y, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            g.get(at, a, 0, length);
            y.get(at, b, 0, length);
            maskPiece(length);
            g.put(at, a, 0, length);
        }
    }

    /** a ← a where b > 0, else 0. Without a branch, because the compiler does not vectorize branches. */
    private void maskPiece(int length) {
        for (int k = 0; k < length; k++) {
            a[k] *= Math.min(b[k] * HUGE * HUGE, 1);
        }
    }

    /** x ← g scale, or x ← x + g scale if {@code adds}. If there is a y, g is 0 where y is. */
    public void scaleGradient(
            FloatBuffer g, @Nullable FloatBuffer y, float[] scale, boolean adds, FloatBuffer x, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            g.get(at, a, 0, length);
            if (y != null) {
                y.get(at, b, 0, length);
                maskPiece(length);
            }
            if (adds) {
                x.get(at, c, 0, length);
                for (int k = 0; k < length; k++) {
                    a[k] = c[k] + a[k] * scale[k];
                }
            } else {
                for (int k = 0; k < length; k++) {
                    a[k] *= scale[k];
                }
            }
            x.put(at, a, 0, length);
        }
    }

    /** Σ x per channel. */
    public double[] sum(FloatBuffer x, int size) {
        var sums = new Sums();
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            x.get(at, a, 0, length);
            var now = sums.next();
            for (int k = 0; k < length; k++) {
                now[k] += a[k];
            }
        }
        return sums.byChannel();
    }

    /** Σ (x − mean)² per channel. */
    public double[] sumOfSquares(FloatBuffer x, float[] mean, int size) {
        var sums = new Sums();
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            x.get(at, a, 0, length);
            var now = sums.next();
            for (int k = 0; k < length; k++) {
                float off = a[k] - mean[k];
                now[k] += off * off;
            }
        }
        return sums.byChannel();
    }

    /** Σ g (x − mean) per channel. */
    public double[] sumOfProducts(FloatBuffer g, FloatBuffer x, float[] mean, int size) {
        var sums = new Sums();
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            g.get(at, a, 0, length);
            x.get(at, b, 0, length);
            var now = sums.next();
            for (int k = 0; k < length; k++) {
                now[k] += a[k] * (b[k] - mean[k]);
            }
        }
        return sums.byChannel();
    }

    /** z ← scale (g − shift − (x − mean) factor). */
    public void combine(
            FloatBuffer g,
            float[] scale,
            float[] shift,
            FloatBuffer x,
            float[] mean,
            float[] factor,
            FloatBuffer z,
            int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            g.get(at, a, 0, length);
            x.get(at, b, 0, length);
            for (int k = 0; k < length; k++) {
                a[k] = scale[k] * (a[k] - shift[k] - (b[k] - mean[k]) * factor[k]);
            }
            z.put(at, a, 0, length);
        }
    }

    /** Sums at each position of a piece: in floats for {@link #PIECES_PER_SUM} pieces, then in doubles. */
    private final class Sums {
        private final float[] floats = new float[period];
        private final double[] doubles = new double[channels];
        private int pieces;

        float[] next() {
            if (++pieces % PIECES_PER_SUM == 0) {
                flush();
            }
            return floats;
        }

        double[] byChannel() {
            flush();
            return doubles;
        }

        private void flush() {
            for (int from = 0; from < period; from += channels) {
                for (int k = 0; k < channels; k++) {
                    doubles[k] += floats[from + k];
                }
            }
            Arrays.fill(floats, 0);
        }
    }
}
