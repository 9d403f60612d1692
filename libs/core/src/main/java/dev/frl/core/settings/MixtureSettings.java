package dev.frl.core.settings;

import java.util.Locale;

/**
 * The mixture of two Gaussians of Xu et al. (2021), section 2, as images: one row of {@code d} pixels around middle grey,
 *
 * <pre>
 *   pixel = 1/2 + x,   x given y normal around yη, with deviation σ for y = −1 and Kσ for y = +1
 * </pre>
 *
 * η and σ are in units of pixel value, as every radius is. Errors depend on the ratios η/σ and ε/σ alone, so numbers from
 * elsewhere are divided by a number that makes them fit. They fit if {@link #DEVIATIONS} deviations of the wider class lie within
 * [0, 1]: then fewer than one pixel in a million is clamped.
 *
 * @param d dimensions, which are pixels, {@link #D_RANGE}
 * @param eta η, distance of the means from middle grey, {@link #ETA_RANGE}
 * @param sigma σ, standard deviation of class −1, {@link #SIGMA_RANGE}
 * @param k K, ratio of the deviations, {@link #K_RANGE}: class +1 is the hard one
 */
public record MixtureSettings(int d, double eta, double sigma, double k) {
    /** More than any image here has pixels. */
    public static final int MOST_DIMENSIONS = 100_000;

    /** Samples of one part times dimensions: 400 MB of floats. */
    public static final int MOST_VALUES = 100_000_000;

    /** P(|N(0, 1)| &gt; 5) is 5.7e-7. */
    public static final double DEVIATIONS = 5;

    public static final Range D_RANGE = Range.fromTo(1, MOST_DIMENSIONS);
    public static final Range ETA_RANGE = Range.open(0, 0.5).withRemark(", in units of pixel value");
    public static final Range SIGMA_RANGE = Range.above(0).withRemark(", in units of pixel value");
    public static final Range K_RANGE = Range.above(1);

    /** In which the linear net that cross-entropy prefers has almost the errors of the best linear classifier. */
    public static final MixtureSettings DEFAULT = new MixtureSettings(16, 0.02, 0.02, 4);

    public MixtureSettings {
        new Problems()
                .in(D_RANGE, "d", d)
                .in(ETA_RANGE, "eta", eta)
                .in(SIGMA_RANGE, "sigma", sigma)
                .in(K_RANGE, "k", k)
                .throwIfAny();
        new Problems()
                .unless(
                        eta + DEVIATIONS * k * sigma <= 0.5,
                        "sigma",
                        sigma,
                        String.format(
                                Locale.ROOT,
                                "so small that eta + %.0f k sigma is at most 0.5, the distance from middle grey to black and white (it is %.4g); divide eta, sigma and every radius by the same number",
                                DEVIATIONS,
                                eta + DEVIATIONS * k * sigma))
                .throwIfAny();
    }
}
