package dev.frl.engine.kit.attack;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.engine.Samples;

/**
 * Steps of one sample under an attack that needs more than the sign of the gradient, for all engines. The engine computes
 * logits and gradient at the iterate, and the ascent computes the next iterate. Not thread-safe.
 */
public abstract class Ascent {
    final Ball ball;

    Ascent(Ball ball) {
        this.ball = ball;
    }

    /**
     * Whether an attack needs ascents. The other attacks take projected signed steps in L-infinity, which engines do
     * themselves.
     */
    public static boolean isFor(AttackSettings attack) {
        return attack.norm() != Norm.LINF || attack.method() == Method.APGD;
    }

    /**
     * Ascent that begins at the starting point of {@link Noise#start}.
     *
     * @param i number of the sample
     * @param classes logits in a row
     * @param clean softmax of the clean logits, in rows; only the loss {@code KL} reads it
     * @param cleanRow row of this sample
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
     * Replaces the iterate by the next one.
     *
     * @param logits at the iterate, from {@code logitsAt} on
     * @param gradients gradient of the loss with respect to the iterate's pixels, up to a positive factor, from {@code
     *     gradientAt} on
     * @param iterates pixels of the iterate, from {@code at} on
     */
    public abstract void step(
            float[] logits, int logitsAt, float[] gradients, int gradientAt, float[] iterates, int at);

    /**
     * Ends the attack. Replaces the last iterate by the result, if the result is another point.
     *
     * @param logits at the last iterate, from {@code logitsAt} on
     * @param iterates pixels of the last iterate, from {@code at} on
     */
    public void end(float[] logits, int logitsAt, float[] iterates, int at) {}

    /** Steps of a fixed length. */
    private static final class FixedSteps extends Ascent {
        private final double step;

        FixedSteps(Ball ball, double step) {
            super(ball);
            this.step = step;
        }

        @Override
        public void step(float[] logits, int logitsAt, float[] gradients, int gradientAt, float[] iterates, int at) {
            write(ball.step(iterates, at, step, gradients, gradientAt), iterates, at);
        }
    }

    static void write(double[] point, float[] into, int at) {
        for (int i = 0; i < point.length; i++) {
            into[at + i] = (float) point[i];
        }
    }
}
