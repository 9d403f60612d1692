package dev.frl.engine.kit.attack;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;

/**
 * Starting points of attacks. All engines draw them here, so the same seed gives the same start in every engine.
 *
 * <p>A number depends on seed and position only, not on how many were drawn before: SplitMix64's output function (Steele et
 * al., 2014) applied to a counter.
 */
public final class Noise {
    /** Standard deviation of {@link Start#NORMAL}, in units of pixel value; from the code of TRADES. */
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
     * Writes the starting point of one image. It lies within the radius and within [0, 1]; with radius 0 it is the image.
     *
     * <pre>
     *   uniform in L-infinity   x + radius u,                      u uniform in [−1, 1] at each pixel
     *   uniform in L2           x + radius v^(1/pixels) g / ||g||,   g standard normal, v uniform in [0, 1]
     *   normal                  x + 0.001 g, projected to the ball
     * </pre>
     *
     * With many pixels, nearly the whole volume of an L2 ball is near its surface, where AutoAttack starts.
     *
     * @param images clean images; the pixels of this one are at {@code from} to {@code from + pixels}
     * @param radius radius of this sample, in the attack's norm, in units of pixel value
     * @param seed seed of this sample
     * @param into receives the starting point, at {@code intoFrom}
     */
    public static void start(
            AttackSettings attack,
            float[] images,
            int from,
            int pixels,
            float radius,
            long seed,
            float[] into,
            int intoFrom) {
        var start = attack.startTaken();
        if (start == Start.CLEAN) {
            System.arraycopy(images, from, into, intoFrom, pixels);
        } else if (start == Start.UNIFORM && attack.norm() == Norm.LINF) {
            for (int i = 0; i < pixels; i++) {
                float shift = (float) (2 * uniform(seed, i) - 1) * radius;
                into[intoFrom + i] = clamp(images[from + i] + shift, 0, 1);
            }
        } else {
            var shift = normals(pixels, seed, start == Start.NORMAL ? NORMAL_SCALE : 1);
            double factor = attack.norm() == Norm.LINF ? 1 : intoBall(shift, start, radius, seed);
            float most = attack.norm() == Norm.LINF ? radius : Float.MAX_VALUE;
            for (int i = 0; i < pixels; i++) {
                float bounded = clamp((float) (shift[i] * factor), -most, most);
                into[intoFrom + i] = clamp(images[from + i] + bounded, 0, 1);
            }
        }
    }

    /** Box-Muller transform: scale √(−2 ln u) times cosine and sine of 2πv. Uses positions up to {@code pixels}. */
    private static double[] normals(int pixels, long seed, double scale) {
        var drawn = new double[pixels];
        for (int i = 0; i < pixels; i += 2) {
            double length = scale * Math.sqrt(-2 * Math.log(1 - uniform(seed, i)));
            double angle = 2 * Math.PI * uniform(seed, i + 1);
            drawn[i] = length * Math.cos(angle);
            if (i + 1 < pixels) {
                drawn[i + 1] = length * Math.sin(angle);
            }
        }
        return drawn;
    }

    /** Factor for a shift: gives a uniform start its drawn length, and limits any other start to the radius. */
    private static double intoBall(double[] shift, Start start, float radius, long seed) {
        double length = Ball.length(shift);
        if (length == 0) {
            return 0;
        }
        return start == Start.UNIFORM
                ? radius * Math.pow(uniform(seed, shift.length + 1), 1.0 / shift.length) / length
                : Math.min(1, radius / length);
    }

    private static float clamp(float value, float low, float high) {
        return Math.max(low, Math.min(high, value));
    }
}
