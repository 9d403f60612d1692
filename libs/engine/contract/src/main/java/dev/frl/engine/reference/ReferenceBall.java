package dev.frl.engine.reference;

import dev.frl.core.settings.AttackSettings.Norm;

/** All images within a radius of a clean image, and the steps of a norm. */
final class ReferenceBall {
    private final Norm norm;
    private final float[] clean;
    private final double radius;

    ReferenceBall(Norm norm, float[] clean, float radius) {
        this.norm = norm;
        this.clean = clean;
        this.radius = radius;
    }

    double radius() {
        return radius;
    }

    /** P(x' + step d), where d has length 1 in the norm and is the direction of steepest ascent; 0 if the gradient is 0. */
    double[] step(float[] point, double[] gradient, double step) {
        double length = euclidean(gradient);
        var moved = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            double d = norm == Norm.LINF ? Math.signum(gradient[i]) : gradient[i] / length;
            moved[i] = length == 0 ? point[i] : point[i] + step * d;
        }
        return project(moved);
    }

    /** P: the nearest point of the ball, with its pixels clamped to [0, 1]. */
    double[] project(double[] point) {
        var shift = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            shift[i] = point[i] - clean[i];
        }
        double length = euclidean(shift);
        var projected = new double[point.length];
        for (int i = 0; i < point.length; i++) {
            double inBall;
            if (norm == Norm.LINF) {
                inBall = Math.max(Math.min(shift[i], radius), -radius);
            } else {
                inBall = length > radius ? shift[i] * radius / length : shift[i];
            }
            projected[i] = Math.min(Math.max(clean[i] + inBall, 0), 1);
        }
        return projected;
    }

    private static double euclidean(double[] vector) {
        double squares = 0;
        for (double v : vector) {
            squares += v * v;
        }
        return Math.sqrt(squares);
    }
}
