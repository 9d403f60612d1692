package dev.frl.report.statistics;

import java.util.Locale;

/** Student's t distribution with a whole number of degrees of freedom. */
final class StudentT {
    private static final int HALVINGS = 60;

    private StudentT() {}

    /**
     * The t with P(|T| ≤ t) = probability: half the width of a two-sided interval in standard errors.
     *
     * <pre>
     *   θ = atan(t / √ν)
     *   ν odd:   P(|T| ≤ t) = 2/π (θ + sin θ (cos θ + 2/3 cos³ θ + … + (2·4···(ν−3))/(3·5···(ν−2)) cos^(ν−2) θ))
     *   ν even:  P(|T| ≤ t) = sin θ (1 + 1/2 cos² θ + … + (1·3···(ν−3))/(2·4···(ν−2)) cos^(ν−2) θ)
     * </pre>
     *
     * <p>Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4; solved for θ by bisection.
     *
     * @param freedom degrees of freedom ν, at least 1
     * @param probability in (0, 1)
     */
    static double twoSided(double probability, int freedom) {
        if (freedom < 1 || !(probability > 0 && probability < 1)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "no quantile for probability %s and %d degrees of freedom", probability, freedom));
        }
        double low = 0;
        double high = Math.PI / 2;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = (low + high) / 2;
            if (within(middle, freedom) < probability) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return Math.tan((low + high) / 2) * Math.sqrt(freedom);
    }

    private static double within(double theta, int freedom) {
        double cos = Math.cos(theta);
        boolean odd = freedom % 2 == 1;
        double term = odd ? cos : 1;
        double sum = freedom == 1 ? 0 : term;
        for (int power = odd ? 3 : 2; power <= freedom - 2; power += 2) {
            term *= cos * cos * (power - 1) / power;
            sum += term;
        }
        return odd ? 2 / Math.PI * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
    }
}
