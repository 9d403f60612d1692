package dev.frl.engine.kit.attack;

import dev.frl.core.settings.AttackSettings.Norm;

/** All images within a radius of a clean image, in a norm. */
final class Ball {
    private final Norm norm;
    private final float[] images;
    private final int from;
    private final float radius;
    final int pixels;

    /**
     * @param images clean images; the pixels of the centre are at {@code from} to {@code from + pixels}
     * @param radius radius of the ball, in units of pixel value
     */
    Ball(Norm norm, float[] images, int from, int pixels, float radius) {
        this.norm = norm;
        this.images = images;
        this.from = from;
        this.pixels = pixels;
        this.radius = radius;
    }

    /** √Σ v². */
    static double length(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return Math.sqrt(sum);
    }

    double radius() {
        return radius;
    }

    /**
     * A step in the norm's direction of steepest ascent, projected to the ball. A gradient of 0 gives no step.
     *
     * <pre>
     *   L-infinity   P(x' + step sign(∇))        sign(0) = 0
     *   L2           P(x' + step ∇ / ||∇||)
     * </pre>
     *
     * @param points the point is at {@code at}
     * @param gradients its gradient is at {@code gradientAt}, in the same order of pixels, up to a positive factor
     * @return shape [pixels]
     */
    double[] step(float[] points, int at, double step, float[] gradients, int gradientAt) {
        var moved = new double[pixels];
        double sum = 0;
        for (int i = 0; i < pixels; i++) {
            double slope = gradients[gradientAt + i];
            moved[i] = norm == Norm.LINF ? Math.signum(slope) : slope;
            sum += slope * slope;
        }
        double factor = norm == Norm.LINF || sum == 0 ? step : step / Math.sqrt(sum);
        for (int i = 0; i < pixels; i++) {
            moved[i] = points[at + i] + factor * moved[i];
        }
        return project(moved);
    }

    /**
     * P: projects to the ball, then clamps to [0, 1], in place. Clamping does not leave the ball, because the centre is an image.
     *
     * <pre>
     *   L-infinity   x + clamp(d, −radius, radius)       d = x' − x
     *   L2           x + d min(1, radius / ||d||)
     * </pre>
     */
    double[] project(double[] point) {
        for (int i = 0; i < pixels; i++) {
            point[i] -= images[from + i];
        }
        double length = norm == Norm.LINF ? 0 : length(point);
        double shrink = length > radius ? radius / length : 1;
        double most = norm == Norm.LINF ? radius : Double.MAX_VALUE;
        for (int i = 0; i < pixels; i++) {
            double shift = Math.max(-most, Math.min(most, point[i] * shrink));
            point[i] = Math.max(0, Math.min(1, images[from + i] + shift));
        }
        return point;
    }
}
