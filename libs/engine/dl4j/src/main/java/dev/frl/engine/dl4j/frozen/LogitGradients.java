package dev.frl.engine.dl4j.frozen;

import java.util.Arrays;

/** Softmax, and gradients of the attack losses with respect to one row of logits. Rows are in arrays of shape [N, classes]. */
final class LogitGradients {
    private LogitGradients() {}

    /** p_j = exp z_j / Σ exp z. */
    static void softmax(float[] logits, int at, int classes, double[] p, int pAt) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < classes; j++) {
            max = Math.max(max, logits[at + j]);
        }
        double sum = 0;
        for (int j = 0; j < classes; j++) {
            p[pAt + j] = Math.exp(logits[at + j] - max);
            sum += p[pAt + j];
        }
        for (int j = 0; j < classes; j++) {
            p[pAt + j] /= sum;
        }
    }

    /**
     * d CE / d z = p − onehot(label), scaled. At the label it is computed as −Σ p of the other classes: p − 1 would cancel to 0
     * where the net is confident, and the attack would not move.
     */
    static void attackByCrossEntropy(float[] logits, int at, int classes, int label, float[] gradient) {
        var p = new double[classes];
        softmax(logits, at, classes, p, 0);
        double others = 0;
        for (int j = 0; j < classes; j++) {
            others += j == label ? 0 : p[j];
        }
        p[label] = -others;
        writeScaled(p, gradient, at);
    }

    /** d KL(clean || q) / d z = q − clean, scaled. */
    static void attackByDivergence(float[] logits, int at, int classes, double[] clean, int cleanAt, float[] gradient) {
        var q = new double[classes];
        softmax(logits, at, classes, q, 0);
        for (int j = 0; j < classes; j++) {
            q[j] -= clean[cleanAt + j];
        }
        writeScaled(q, gradient, at);
    }

    /** d (max_{j≠label} z_j − z_label) / d z. If several other logits are the largest, the first one counts. */
    static void attackByMargin(float[] logits, int at, int classes, int label, float[] gradient) {
        Arrays.fill(gradient, at, at + classes, 0);
        gradient[at + label] = -1;
        gradient[at + largestBut(logits, at, classes, label, label)] = 1;
    }

    /**
     * d DLR / d z, scaled, where DLR = M / D with M = max_{j≠label} z_j − z_label and D = z_π1 − z_π3: by the quotient
     * rule D dM − M dD, without the factor 1 / D². Where D = 0, DLR has no value, and the gradient is dM. Needs three classes.
     */
    static void attackByLogitRatio(float[] logits, int at, int classes, int label, float[] gradient) {
        int first = largestBut(logits, at, classes, -1, -1);
        int second = largestBut(logits, at, classes, first, first);
        int third = largestBut(logits, at, classes, first, second);
        int other = first == label ? second : first;
        double m = (double) logits[at + other] - logits[at + label];
        double d = (double) logits[at + first] - logits[at + third];
        if (d == 0) {
            attackByMargin(logits, at, classes, label, gradient);
            return;
        }
        var row = new double[classes];
        row[other] += d;
        row[label] -= d;
        row[first] -= m;
        row[third] += m;
        writeScaled(row, gradient, at);
    }

    /** The first of the largest among the classes that are neither {@code a} nor {@code b}. */
    private static int largestBut(float[] logits, int at, int classes, int a, int b) {
        int largest = -1;
        for (int j = 0; j < classes; j++) {
            if (j != a && j != b && (largest < 0 || logits[at + j] > logits[at + largest])) {
                largest = j;
            }
        }
        return largest;
    }

    /**
     * Scales to a largest value of 1, so that the gradient with respect to the pixels, whose sign an attack uses, does not
     * underflow.
     */
    private static void writeScaled(double[] row, float[] into, int at) {
        double largest = 0;
        for (double value : row) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int j = 0; j < row.length; j++) {
            into[at + j] = largest == 0 ? 0 : (float) (row[j] / largest);
        }
    }
}
