package dev.frl.core.theory;

import java.util.Locale;

/**
 * The mixture of two Gaussians in which adversarial training is provably unfair. Its errors have closed forms, so FRL can be
 * checked without training a net.
 *
 * <p>y is −1 or +1 with equal odds, θ = (η, …, η) in R^d, x given y is normal around yθ with variance σ² for y = −1 and
 * (Kσ)² for y = +1, K &gt; 1: class +1 is the hard one. The optimal linear classifier, natural or robust, has all weights
 * equal. So only its bias is free, and every error is a value of the normal distribution function Φ.
 *
 * <p>Model: Xu et al. 2021, section 2. Closed forms with weights and margins per class: derived for this project; the
 * derivation minimises the weighted robust risk over the bias, a quadratic in the bias.
 *
 * @param d dimensions, at least 1
 * @param eta η, distance of the means from 0 in each dimension, positive
 * @param sigma σ of class −1, positive
 * @param k K, ratio of the standard deviations, above 1
 */
public record GaussianMixture(int d, double eta, double sigma, double k) {
    public GaussianMixture {
        if (d < 1 || !(eta > 0) || !(sigma > 0) || !(k > 1)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "expected d >= 1, eta > 0, sigma > 0, K > 1, got %d, %s, %s, %s", d, eta, sigma, k));
        }
    }

    /**
     * What the classifier is trained with.
     *
     * @param weightRatio W: weight of class +1 over weight of class −1, positive
     * @param easyMargin ε_−: radius in training of class −1, at least 0
     * @param hardMargin ε_+: radius in training of class +1, at least 0
     */
    public record TrainedOn(double weightRatio, double easyMargin, double hardMargin) {
        public static final TrainedOn NATURAL = new TrainedOn(1, 0, 0);

        public static TrainedOn robust(double epsilon) {
            return new TrainedOn(1, epsilon, epsilon);
        }
    }

    /**
     * Errors of the two classes, fractions in [0, 1].
     *
     * @param easy class −1
     * @param hard class +1
     */
    public record Errors(double easy, double hard) {}

    /**
     * Errors, under an attack of radius t, of the linear classifier that minimises the weighted robust risk.
     *
     * <pre>
     *   S  = √d ((η − ε_+) + (η − ε_−)) / (σ (K² − 1))        q = 2 ln(K / W) / (K² − 1)
     *   R_t(−1) = Φ(  S − K √(S² + q) − √d (ε_− − t) / σ )
     *   R_t(+1) = Φ( −K S + √(S² + q) − √d (ε_+ − t) / (K σ) )
     * </pre>
     *
     * @param attack t, at least 0; 0 gives the standard errors
     * @throws IllegalArgumentException if S² + q is negative: the risk is then least if all samples are predicted as one class
     */
    public Errors errors(TrainedOn training, double attack) {
        double root = Math.sqrt(d);
        double s = spread(training);
        double r = curve(training);
        return new Errors(
                normal(s - k * r - root * (training.easyMargin() - attack) / sigma),
                normal(-k * s + r - root * (training.hardMargin() - attack) / (k * sigma)));
    }

    /** S. */
    private double spread(TrainedOn training) {
        return Math.sqrt(d) * ((eta - training.hardMargin()) + (eta - training.easyMargin())) / (sigma * (k * k - 1));
    }

    /** √(S² + q). */
    private double curve(TrainedOn training) {
        double s = spread(training);
        double q = 2 * Math.log(k / training.weightRatio()) / (k * k - 1);
        if (s * s + q < 0) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "with weight ratio %s the best classifier predicts one class for all samples",
                    training.weightRatio()));
        }
        return Math.sqrt(s * s + q);
    }

    /**
     * Bias of that classifier if all its weights are 1.
     *
     * <pre>
     *   b = √d K σ (K S − √(S² + q)) + d (ε_+ − η)
     * </pre>
     *
     * @throws IllegalArgumentException as {@link #errors(TrainedOn, double)} does
     */
    public double bias(TrainedOn training) {
        return Math.sqrt(d) * k * sigma * (k * spread(training) - curve(training)) + d * (training.hardMargin() - eta);
    }

    /**
     * Errors, under an attack of radius t, of any linear classifier sign(⟨w, x⟩ + b). The attack lowers its margin by t‖w‖₁.
     *
     * <pre>
     *   R_t(y) = Φ( −(y b + η Σw − t ‖w‖₁) / (σ_y ‖w‖₂) )
     * </pre>
     *
     * @param weights w, shape [d], not all 0
     * @param bias b, for x centred at 0 as in this model
     * @param attack t, at least 0
     */
    public Errors errors(double[] weights, double bias, double attack) {
        double sum = 0;
        double taxicab = 0;
        double squares = 0;
        for (double w : weights) {
            sum += w;
            taxicab += Math.abs(w);
            squares += w * w;
        }
        double margin = eta * sum - attack * taxicab;
        double length = sigma * Math.sqrt(squares);
        return new Errors(normal(-(margin - bias) / length), normal(-(margin + bias) / (k * length)));
    }

    /** Φ, the standard normal distribution function, to about 1e-15: the error function's series and continued fraction. */
    static double normal(double x) {
        double z = Math.abs(x);
        double tail = z < 3 ? 0.5 - series(z) : continuedFraction(z);
        return x < 0 ? tail : 1 - tail;
    }

    /** ∫ from 0 to z of the normal density. Series of Marsaglia (2004): φ(z) (z + z³/3 + z⁵/15 + …). */
    private static double series(double z) {
        double term = z;
        double sum = z;
        for (int i = 3; term > 1e-18 * sum; i += 2) {
            term *= z * z / i;
            sum += term;
        }
        return sum * density(z);
    }

    /** Upper tail by Laplace's continued fraction, evaluated from within. */
    private static double continuedFraction(double z) {
        double f = z;
        for (int i = 200; i >= 1; i--) {
            f = z + i / f;
        }
        return density(z) / f;
    }

    private static double density(double z) {
        return Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
    }
}
