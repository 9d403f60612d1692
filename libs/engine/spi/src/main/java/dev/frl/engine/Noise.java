package dev.frl.engine;

import dev.frl.core.settings.AttackSettings.Start;

/**
 * Where attacks begin. All engines draw from here, so the same seed gives the same start in each of them.
 *
 * <p>Numbers are a function of seed and position, not of how often somebody drew: SplitMix64's output function (Steele et
 * al., 2014) over a counter.
 */
public final class Noise {
    /** Standard deviation of {@link Start#NORMAL}, in units of pixel value: TRADES's own. */
    public static final float NORMAL_SCALE = 0.001f;

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private Noise() {}

    /** Uniform in [0, 1), with 53 random bits. */
    public static double uniform(long seed, long position) {
        long z = seed + (position + 1) * GOLDEN_GAMMA;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
    }

    /**
     * Writes one image's start. It lies within the radius and within [0, 1]; with radius 0 it is the image.
     *
     * @param images clean images; the one meant has its pixels at {@code from} to {@code from + pixels}
     * @param radius of this sample, in units of pixel value
     * @param seed of this sample
     * @param into gets the start, at {@code intoFrom}
     */
    public static void start(
            Start start, float[] images, int from, int pixels, float radius, long seed, float[] into, int intoFrom) {
        switch (start) {
            case CLEAN -> System.arraycopy(images, from, into, intoFrom, pixels);
            case UNIFORM -> {
                for (int i = 0; i < pixels; i++) {
                    float shift = (float) (2 * uniform(seed, i) - 1) * radius;
                    into[intoFrom + i] = clamp(images[from + i] + shift, 0, 1);
                }
            }
            case NORMAL -> normal(images, from, pixels, radius, seed, into, intoFrom);
        }
    }

    /** Box and Muller's pairs: √(−2 ln u) times cosine and sine of 2πv. */
    private static void normal(
            float[] images, int from, int pixels, float radius, long seed, float[] into, int intoFrom) {
        for (int i = 0; i < pixels; i += 2) {
            double length = NORMAL_SCALE * Math.sqrt(-2 * Math.log(1 - uniform(seed, i)));
            double angle = 2 * Math.PI * uniform(seed, i + 1);
            float first = clamp((float) (length * Math.cos(angle)), -radius, radius);
            into[intoFrom + i] = clamp(images[from + i] + first, 0, 1);
            if (i + 1 < pixels) {
                float second = clamp((float) (length * Math.sin(angle)), -radius, radius);
                into[intoFrom + i + 1] = clamp(images[from + i + 1] + second, 0, 1);
            }
        }
    }

    private static float clamp(float value, float low, float high) {
        return Math.max(low, Math.min(high, value));
    }
}
