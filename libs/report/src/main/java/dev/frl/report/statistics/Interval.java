package dev.frl.report.statistics;

import java.util.List;

/**
 * Mean of a fraction over seeds, and the 95 % interval of the mean.
 *
 * <pre>
 *   x̄ ± t(0.95, n − 1) · s / √n        s² = Σ (xᵢ − x̄)² / (n − 1)
 * </pre>
 *
 * <p>t is the quantile of Student's distribution. The interval covers the choice of the seed alone, and not that of the images. A
 * fraction lies in [0, 1], so the interval ends there.
 *
 * @param mean mean over the seeds; NaN without values
 * @param low lower end; NaN with fewer than two seeds
 * @param high upper end; NaN with fewer than two seeds
 * @param count number of seeds
 */
public record Interval(double mean, double low, double high, int count) {
    public static final double CONFIDENCE = 0.95;

    private static final Interval NONE = new Interval(Double.NaN, Double.NaN, Double.NaN, 0);

    /** @param fractions one value in [0, 1] for each seed; NaN means no data and is left out */
    public static Interval of(List<Double> fractions) {
        double sum = 0;
        int n = 0;
        for (double x : fractions) {
            if (!Double.isNaN(x)) {
                sum += x;
                n++;
            }
        }
        if (n == 0) {
            return NONE;
        }
        double mean = sum / n; // a plain sum, as in the experiment's own choice of the best point
        if (n == 1) {
            return new Interval(mean, Double.NaN, Double.NaN, 1);
        }
        double squares = 0;
        for (double x : fractions) {
            squares += Double.isNaN(x) ? 0 : (x - mean) * (x - mean);
        }
        double half = StudentT.twoSided(CONFIDENCE, n - 1) * Math.sqrt(squares / (n - 1) / n);
        return new Interval(mean, Math.max(0, mean - half), Math.min(1, mean + half), n);
    }

    /** Whether there is an interval: it takes two seeds. */
    public boolean isKnown() {
        return count > 1;
    }
}
