package dev.frl.core.errors;

import java.util.Locale;

/** Wilson's score interval of a fraction (Wilson, 1927). */
public final class Wilson {
    /** Quantile of the normal distribution for 95 %, two-sided. */
    private static final double Z = 1.959963984540054;

    private Wilson() {}

    /**
     * Lower end of the 95 % interval.
     *
     * @param hits number of hits, from 0 to {@code of}
     * @param of number of trials, at least 1
     * @throws IllegalArgumentException if the numbers are outside these ranges
     */
    public static double low(long hits, long of) {
        return Math.max(0, end(hits, of, -1));
    }

    /** Upper end of the 95 % interval; as {@link #low}. */
    public static double high(long hits, long of) {
        return Math.min(1, end(hits, of, 1));
    }

    private static double end(long hits, long of, int side) {
        if (of < 1 || hits < 0 || hits > of) {
            throw new IllegalArgumentException(String.format(Locale.ROOT, "%d of %d is no fraction", hits, of));
        }
        double p = (double) hits / of;
        double z2 = Z * Z / of;
        return (p + z2 / 2 + side * Math.sqrt(z2 * (p * (1 - p) + z2 / 4))) / (1 + z2);
    }
}
