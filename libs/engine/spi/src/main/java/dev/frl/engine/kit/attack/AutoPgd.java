package dev.frl.engine.kit.attack;

/**
 * APGD: projected gradient ascent that chooses its own steps (Croce and Hein, 2020, Algorithm 1).
 *
 * <pre>
 *   z      = P(x_k + η d),                                     d the norm's steepest way, η at first 2 radius
 *   x_k+1  = P(x_k + a (z − x_k) + (1 − a) (x_k − x_k−1)),     a = 1 for the first step, then 0.75
 *
 *   at checkpoint w_j, if  #{k in (w_j−1, w_j] : f(x_k) > f(x_k−1)} < 0.75 (w_j − w_j−1)
 *                      or  η was not halved at w_j−1 and the best loss has not grown since:
 *                          η ← η / 2, and go on from the best point so far
 * </pre>
 *
 * Checkpoints are w_j = ⌈p_j steps⌉ with p_0 = 0, p_1 = 0.22, p_j+1 = p_j + max(p_j − p_j−1 − 0.03, 0.06).
 *
 * <p>The authors' code rounds the distances between checkpoints instead, which is the same for 100 steps and closer together
 * for fewer; it halves at exactly 0.75 too, and does not compare the first iterate with the start. As there and unlike the
 * listing, the best point takes the place of x_k itself, and momentum and comparison of the next step are with the points
 * that were there.
 */
public final class AutoPgd extends Ascent {
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

    /** Of the next checkpoint: p_j and p_j − p_j−1 in hundredths, and w_j. */
    private int percent = 22;

    private int gap = 22;
    private int checkpoint;
    private int lastCheckpoint;

    /** Since the last checkpoint. */
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
        boolean fromBest = taken == checkpoint && halves();
        if (fromBest) {
            step /= 2;
            System.arraycopy(best, 0, iterates, at, ball.pixels);
        }
        move(fromBest ? bestGradient : gradients, fromBest ? 0 : gradientAt, iterates, at);
        taken++;
    }

    /** At a checkpoint, and goes on to the next. */
    private boolean halves() {
        boolean fewRises = rises < LEAST_RISES * (checkpoint - lastCheckpoint);
        boolean halves = fewRises || (!halvedLast && bestLoss <= bestAtLastCheckpoint);
        lastCheckpoint = checkpoint;
        while (checkpoint == lastCheckpoint) { // with few steps several lie at the same one
            gap = Math.max(gap - 3, 6);
            percent += gap;
            checkpoint = inSteps();
        }
        rises = 0;
        halvedLast = halves;
        bestAtLastCheckpoint = bestLoss;
        return halves;
    }

    private void move(float[] gradients, int gradientAt, float[] iterates, int at) {
        var z = ball.climb(iterates, at, step, gradients, gradientAt);
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
