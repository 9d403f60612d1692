package dev.frl.engine.reference;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Noise;
import dev.frl.engine.net.Architecture;
import java.util.Arrays;

/**
 * One attack on one sample, iterate by iterate, in evaluation mode.
 *
 * <pre>
 *   x' ← P(x' + step d),   d = sign(∇ loss) in L-infinity, ∇ loss / ||∇ loss|| in L2, and 0 where ∇ loss is 0
 * </pre>
 *
 * P as in {@link ReferenceBall}; APGD as in {@link ReferenceApgd}.
 */
final class ReferenceAttack {
    private final Architecture architecture;
    private final Weights weights;
    private final AttackSettings settings;
    private final float[] clean;
    private final int label;
    private final float radius;
    private final double[] cleanLogP;
    private final ReferenceBall ball;
    private final ReferenceApgd apgd;
    private float[] iterate;

    ReferenceAttack(Architecture architecture, Weights weights, Samples samples, int sample, AttackSettings settings) {
        this.architecture = architecture;
        this.weights = weights;
        this.settings = settings;
        int pixels = architecture.pixels();
        this.clean = Arrays.copyOfRange(samples.images(), sample * pixels, (sample + 1) * pixels);
        this.label = samples.labels()[sample];
        this.radius = samples.radius()[sample];
        this.cleanLogP = LogitMath.logSoftmax(logits(clean), 0, architecture.classes());
        this.iterate = new float[pixels];
        Noise.start(settings, clean, 0, pixels, radius, samples.seeds()[sample], iterate, 0);
        this.ball = new ReferenceBall(settings.norm(), clean, radius);
        this.apgd = new ReferenceApgd(ball, settings.steps());
    }

    void step() {
        if (settings.method() == Method.APGD) {
            apgd.see(iterate, loss(), gradient());
            iterate = apgd.next();
        } else {
            double step = settings.method() == Method.FGSM ? radius : settings.stepSize();
            iterate = rounded(ball.step(iterate, gradient(), step));
        }
    }

    static float[] rounded(double[] point) {
        var rounded = new float[point.length];
        for (int i = 0; i < point.length; i++) {
            rounded[i] = (float) point[i];
        }
        return rounded;
    }

    /** The point at which the attack ends. */
    float[] result() {
        if (settings.method() != Method.APGD) {
            return iterate;
        }
        apgd.see(iterate, loss(), new double[clean.length]);
        return apgd.best();
    }

    private double loss() {
        var logits = logits(iterate);
        var logP = LogitMath.logSoftmax(logits, 0, architecture.classes());
        return switch (settings.loss()) {
            case CROSS_ENTROPY -> LogitMath.crossEntropy(logP, label);
            case KL -> LogitMath.divergence(cleanLogP, logP);
            case CW -> LogitMath.margin(logits, label);
            case DLR -> LogitMath.logitRatio(logits, label);
        };
    }

    /** Gradient of the loss with respect to the iterate's pixels; for DLR up to a positive factor. */
    private double[] gradient() {
        var pass = Pass.evaluation(architecture, weights);
        var logits = pass.forward(iterate, 1);
        var logP = LogitMath.logSoftmax(logits, 0, architecture.classes());
        var logitGradient = switch (settings.loss()) {
            case CROSS_ENTROPY -> LogitMath.crossEntropyGradient(logP, label);
            case KL -> LogitMath.divergenceGradientByQ(cleanLogP, logP);
            case CW -> LogitMath.marginGradient(logits, label);
            case DLR -> LogitMath.logitRatioGradient(logits, label);
        };
        return pass.backward(logitGradient, new Gradients());
    }

    int predictedClean() {
        return argmax(cleanLogP);
    }

    int predicted() {
        return argmax(logits(iterate));
    }

    private double[] logits(float[] image) {
        var logits = Pass.evaluation(architecture, weights).forward(image, 1);
        for (double logit : logits) {
            if (!Double.isFinite(logit)) {
                throw new NotFiniteException("logits");
            }
        }
        return logits;
    }

    /** Predicted class: the first of the largest values. */
    private static int argmax(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best;
    }
}
