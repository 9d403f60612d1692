package dev.frl.e2e;

import dev.frl.core.theory.GaussianMixture;
import dev.frl.core.theory.GaussianMixture.Errors;
import java.util.Arrays;

/**
 * Limit of a linear net that is trained on cross-entropy in a Gaussian mixture. It is not the classifier with the fewest
 * errors but logistic regression: by symmetry it has the same direction, but another bias, since the variances of the two
 * classes differ. With the projection s = ⟨1, x⟩ / √d it minimises, over a and b,
 *
 * <pre>
 *   E ln(1 + exp(−y (a s + b)))      s given y normal around y √d (η − ε_y), with deviation σ_y
 * </pre>
 *
 * because an attack on a linear net moves the projection of every sample of a class by the same amount. Solved by Newton's
 * method, with expectations as sums over a fine grid.
 */
final class CrossEntropyInTheMixture {
    private static final int GRID = 4001;
    private static final double REACH = 9;

    private CrossEntropyInTheMixture() {}

    /**
     * Errors of this classifier.
     *
     * @param margin radius in training, the same for both classes
     * @param attack radius of the evaluation attack
     */
    static Errors errors(GaussianMixture mixture, double margin, double attack) {
        double root = Math.sqrt(mixture.d());
        double a = 1 / mixture.sigma();
        double b = 0;
        for (int step = 0; step < 50; step++) {
            double[] g = new double[5]; // gradient with respect to a and b, then second derivatives aa, ab and bb
            for (int y = -1; y <= 1; y += 2) {
                double deviation = mixture.sigma() * (y < 0 ? 1 : mixture.k());
                for (int i = 0; i < GRID; i++) {
                    double z = REACH * (2.0 * i / (GRID - 1) - 1);
                    double s = y * root * (mixture.eta() - margin) + deviation * z;
                    double wrong = 1 / (1 + Math.exp(y * (a * s + b)));
                    double density = Math.exp(-z * z / 2);
                    double curvature = density * wrong * (1 - wrong);
                    g[0] -= density * y * wrong * s;
                    g[1] -= density * y * wrong;
                    g[2] += curvature * s * s;
                    g[3] += curvature * s;
                    g[4] += curvature;
                }
            }
            double determinant = g[2] * g[4] - g[3] * g[3];
            a -= (g[4] * g[0] - g[3] * g[1]) / determinant;
            b -= (g[2] * g[1] - g[3] * g[0]) / determinant;
        }
        var weights = new double[mixture.d()];
        Arrays.fill(weights, a / root);
        return mixture.errors(weights, b, attack);
    }
}
