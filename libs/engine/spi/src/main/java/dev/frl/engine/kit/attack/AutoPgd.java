package dev.frl.engine.kit.attack;

/**
 * APGD: projected gradient ascent that adapts its step size (Croce and Hein, 2020, Algorithm 1).
 *
 * <pre>
 *   z      = P(x_k + η d),                                     d the norm's direction of steepest ascent, η at first 2 radius
 *   x_k+1  = P(x_k + a (z − x_k) + (1 − a) (x_k − x_k−1)),     a = 1 for the first step, then 0.75
 *
 *   at checkpoint w_j, if  #{k in (w_j−1, w_j] : f(x_k) > f(x_k−1)} < 0.75 (w_j − w_j−1)
 *                      or  η was not halved at w_j−1 and the best loss has not grown since:
 *                          η ← η / 2, and go on from the best point so far
 * </pre>
 *
 * Checkpoints are w_j = ⌈p_j steps⌉ with p_0 = 0, p_1 = 0.22, p_j+1 = p_j + max(p_j − p_j−1 − 0.03, 0.06).
 *
 * <p>The authors' code differs from the listing. It rounds the distances between checkpoints, which gives the same checkpoints
 * for 100 steps and closer ones for fewer steps. It halve η at exactly 0.75 as well, and it does not compare the first iterate
 * with the start. This class follows the listing in these points. Where η is halved it follows the authors' code: the best
 * point replaces x_k itself, and the momentum and the comparison of the next step use the points that were there.
 */
final class AutoPgd extends Ascent {
    private static final double MOMENTUM = 0.75;
    private static final double LEAST_RISES = 0.75;

    private final AttackLoss loss;
    private final int steps;
    private final float[] previous;
    private final float[] best;
    private final float[] bestGradient;
    private double bestLoss;
    private double lastLoss;
    private double step;

    /** Steps taken. */
    private int taken;

    /** p_j of the next checkpoint, in hundredths. */
    private int percent = 22;

    /** p_j − p_j−1, in hundredths. */
    private int gap = 22;

    /** w_j. */
    private int checkpoint;

    private int lastCheckpoint;

    /** Steps since the last checkpoint in which the loss grew. */
    private int rises;

    private boolean halvedLast;
    private double bestAtLastCheckpoint;

    AutoPgd(Ball ball, AttackLoss loss, int steps) {
        super(ball);
        this.loss = loss;
        this.steps = steps;
        this.step = 2 * ball.radius();
        this.previous = new float[ball.pixels];
        this.best = new float[ball.pixels];
        this.bestGradient = new float[ball.pixels];
        this.checkpoint = inSteps();
    }

    /** ⌈p_j steps⌉. */
    private int inSteps() {
        return (percent * steps + 99) / 100;
    }

    @Override
    public void step(float[] logits, int logitsAt, float[] gradients, int gradientAt, float[] iterates, int at) {
        double now = loss.at(logits, logitsAt);
        if (taken == 0) {
            bestAtLastCheckpoint = now;
        } else {
            rises += now > lastLoss ? 1 : 0;
        }
        if (taken == 0 || now > bestLoss) {
            bestLoss = now;
            System.arraycopy(iterates, at, best, 0, ball.pixels);
            System.arraycopy(gradients, gradientAt, bestGradient, 0, ball.pixels);
        }
        lastLoss = now;
        boolean fromBest = taken == checkpoint && decidesToHalve();
        if (fromBest) {
            step /= 2;
            System.arraycopy(best, 0, iterates, at, ball.pixels);
        }
        move(fromBest ? bestGradient : gradients, fromBest ? 0 : gradientAt, iterates, at);
        taken++;
    }

    /** Whether to halve η at this checkpoint; moves on to the next checkpoint. */
    private boolean decidesToHalve() {
        boolean fewRises = rises < LEAST_RISES * (checkpoint - lastCheckpoint);
        boolean halve = fewRises || (!halvedLast && bestLoss <= bestAtLastCheckpoint);
        lastCheckpoint = checkpoint;
        while (checkpoint == lastCheckpoint) { // with few steps, several checkpoints fall on the same step
            gap = Math.max(gap - 3, 6);
            percent += gap;
            checkpoint = inSteps();
        }
        rises = 0;
        halvedLast = halve;
        bestAtLastCheckpoint = bestLoss;
        return halve;
    }

    private void move(float[] gradients, int gradientAt, float[] iterates, int at) {
        var z = ball.step(iterates, at, step, gradients, gradientAt);
        if (taken > 0) {
            for (int i = 0; i < ball.pixels; i++) {
                float x = iterates[at + i];
                z[i] = x + MOMENTUM * (z[i] - x) + (1 - MOMENTUM) * (x - previous[i]);
            }
            ball.project(z);
        }
        System.arraycopy(iterates, at, previous, 0, ball.pixels);
        write(z, iterates, at);
    }

    @Override
    public void end(float[] logits, int logitsAt, float[] iterates, int at) {
        if (loss.at(logits, logitsAt) <= bestLoss) {
            System.arraycopy(best, 0, iterates, at, ball.pixels);
        }
    }
}
