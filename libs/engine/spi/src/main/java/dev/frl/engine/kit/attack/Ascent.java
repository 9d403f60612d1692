package dev.frl.engine.kit.attack;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.engine.Samples;

/**
 * The way of one sample under an attack that needs more than the sign of the gradient at its pixels: what engines share.
 * They bring logits and gradients of the iterate, and it says where the next one lies. Not thread-safe.
 */
public abstract class Ascent {
    final Ball ball;

    Ascent(Ball ball) {
        this.ball = ball;
    }

    /** Whether an attack goes by ascents. The others are projected signed steps in L-infinity, which engines take themselves. */
    public static boolean isFor(AttackSettings attack) {
        return attack.norm() != Norm.LINF || attack.method() == Method.APGD;
    }

    /**
     * Begins at the start that {@link Noise#start} gives.
     *
     * @param i which sample
     * @param classes logits in a row
     * @param clean for the loss {@code KL}: softmax of the clean logits, in rows; else not looked at
     * @param cleanRow this sample's
     */
    public static Ascent of(Samples samples, int i, AttackSettings attack, int classes, double[] clean, int cleanRow) {
        int pixels = samples.images().length / samples.count();
        float radius = samples.radius()[i];
        var ball = new Ball(attack.norm(), samples.images(), i * pixels, pixels, radius);
        if (attack.method() == Method.APGD) {
            var loss = new AttackLoss(attack.loss(), samples.labels()[i], classes, clean, cleanRow * classes);
            return new AutoPgd(ball, loss, attack.steps());
        }
        return new FixedSteps(ball, attack.method() == Method.FGSM ? radius : attack.stepSize());
    }

    /**
     * Writes the next iterate over the one that was asked about.
     *
     * @param logits at the iterate, from {@code logitsAt} on
     * @param gradients the loss's by the iterate's pixels, times anything positive, from {@code gradientAt} on
     * @param iterates the iterate's pixels, from {@code at} on
     */
    public abstract void step(
            float[] logits, int logitsAt, float[] gradients, int gradientAt, float[] iterates, int at);

    /**
     * Ends: writes the result over the last iterate, if it is another.
     *
     * @param logits at the last iterate, from {@code logitsAt} on
     * @param iterates the last iterate's pixels, from {@code at} on
     */
    public void end(float[] logits, int logitsAt, float[] iterates, int at) {}

    /** Steps of one length. */
    private static final class FixedSteps extends Ascent {
        private final double step;

        FixedSteps(Ball ball, double step) {
            super(ball);
            this.step = step;
        }

        @Override
        public void step(float[] logits, int logitsAt, float[] gradients, int gradientAt, float[] iterates, int at) {
            write(ball.climb(iterates, at, step, gradients, gradientAt), iterates, at);
        }
    }

    static void write(double[] point, float[] into, int at) {
        for (int i = 0; i < point.length; i++) {
            into[at + i] = (float) point[i];
        }
    }
}
