package dev.frl.engine.dl4j;

/**
 * Loops over [..., C] arrays with one constant a channel. Constants are repeated to about a thousand, so that the inner
 * loop is long enough for the compiler to use vectors; a loop over 16 channels is not.
 */
final class ChannelLoops {
    private static final int LONG_ENOUGH = 1024;

    private final int channels;
    private final int period;

    ChannelLoops(int channels) {
        this.channels = channels;
        this.period = channels * Math.max(1, LONG_ENOUGH / channels);
    }

    float[] repeat(double[] perChannel) {
        var repeated = new float[period];
        for (int k = 0; k < period; k++) {
            repeated[k] = (float) perChannel[k % channels];
        }
        return repeated;
    }

    private double[] fold(float[] sums) {
        var perChannel = new double[channels];
        for (int k = 0; k < period; k++) {
            perChannel[k % channels] += sums[k];
        }
        return perChannel;
    }

    /** Σ x, by channel. */
    double[] sum(float[] x, int size) {
        var sums = new float[period];
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                sums[k] += x[at + k];
            }
        }
        return fold(sums);
    }

    /** Σ (x − mean)², by channel. */
    double[] sumOfSquares(float[] x, float[] mean, int size) {
        var sums = new float[period];
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                float off = x[at + k] - mean[k];
                sums[k] += off * off;
            }
        }
        return fold(sums);
    }

    /** Σ x y, by channel. */
    double[] sumOfProducts(float[] x, float[] y, int size) {
        var sums = new float[period];
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                sums[k] += x[at + k] * y[at + k];
            }
        }
        return fold(sums);
    }

    /** x ← (x − mean) scale. */
    void normalise(float[] x, float[] mean, float[] scale, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                x[at + k] = (x[at + k] - mean[k]) * scale[k];
            }
        }
    }

    /** y ← max(x scale + shift, floor). */
    void affine(float[] x, float[] scale, float[] shift, float floor, float[] y, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                y[at + k] = Math.max(x[at + k] * scale[k] + shift[k], floor);
            }
        }
    }

    /** g ← a (g − b − x c). */
    void combine(float[] g, float[] x, float[] a, float[] b, float[] c, int size) {
        for (int at = 0; at < size; at += period) {
            int length = Math.min(period, size - at);
            for (int k = 0; k < length; k++) {
                g[at + k] = a[k] * (g[at + k] - b[k] - x[at + k] * c[k]);
            }
        }
    }
}
