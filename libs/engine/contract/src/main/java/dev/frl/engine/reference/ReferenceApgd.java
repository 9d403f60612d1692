package dev.frl.engine.reference;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/**
 * APGD (Croce and Hein, 2020, Algorithm 1) on one sample, computed from the whole history of x_k, f(x_k) and ∇f(x_k).
 *
 * <p>Let k be a checkpoint w_j. If f grew in fewer than 0.75 of the steps since w_j−1, or if η was not halved at w_j−1 and the
 * best f has not grown since, η is halved and the best point so far replaces x_k.
 */
final class ReferenceApgd {
    private final ReferenceBall ball;
    private final List<Integer> checkpoints = new ArrayList<>();
    private final List<float[]> points = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();
    private final List<double[]> gradients = new ArrayList<>();

    /** Starting point of each step: x_k, or the best point that replaced it. */
    private final List<float[]> departures = new ArrayList<>();

    /** Checkpoints at which the step was halved. */
    private final List<Integer> halvings = new ArrayList<>();

    ReferenceApgd(ReferenceBall ball, int steps) {
        this.ball = ball;
        var before = BigDecimal.ZERO;
        var p = new BigDecimal("0.22");
        checkpoints.add(0);
        while (p.compareTo(BigDecimal.ONE) < 0) {
            int w = p.multiply(BigDecimal.valueOf(steps))
                    .setScale(0, RoundingMode.CEILING)
                    .intValueExact();
            if (!checkpoints.contains(w)) {
                checkpoints.add(w);
            }
            var gap = p.subtract(before).subtract(new BigDecimal("0.03")).max(new BigDecimal("0.06"));
            before = p;
            p = p.add(gap);
        }
    }

    void see(float[] point, double loss, double[] gradient) {
        points.add(point);
        losses.add(loss);
        gradients.add(gradient);
    }

    float[] best() {
        return points.get(bestUpTo(points.size() - 1));
    }

    /** x_k+1. */
    float[] next() {
        int k = points.size() - 1;
        int from = k;
        if (k > 0 && checkpoints.contains(k) && isStuck(k)) {
            halvings.add(k);
            from = bestUpTo(k);
        }
        double step = 2 * ball.radius() * Math.pow(0.5, halvings.size());
        var x = points.get(from);
        departures.add(x);
        var z = ball.step(x, gradients.get(from), step);
        if (k == 0) {
            return ReferenceAttack.rounded(z);
        }
        var before = departures.get(k - 1);
        var next = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            next[i] = x[i] + 0.75 * (z[i] - x[i]) + 0.25 * ((double) x[i] - before[i]);
        }
        return ReferenceAttack.rounded(ball.project(next));
    }

    private boolean isStuck(int k) {
        int last = checkpoints.get(checkpoints.indexOf(k) - 1);
        int grown = 0;
        for (int i = last + 1; i <= k; i++) {
            grown += losses.get(i) > losses.get(i - 1) ? 1 : 0;
        }
        boolean bestIsOld = bestUpTo(k) <= last;
        return grown < 0.75 * (k - last) || (!halvings.contains(last) && bestIsOld);
    }

    /** The first of the largest losses. */
    private int bestUpTo(int k) {
        int best = 0;
        for (int i = 1; i <= k; i++) {
            best = losses.get(i) > losses.get(best) ? i : best;
        }
        return best;
    }
}
