package dev.frl.core.errors;

import java.util.Arrays;
import java.util.Locale;

/**
 * Two confusion matrices of one evaluation: for every class, how many samples were predicted as each class, without attack
 * and under attack. Unit: samples. Counts, never fractions, so that shards add up exactly, in any order and with any cut of
 * the data.
 *
 * <p>A sample that is misclassified without attack counts under attack as the same wrong class. So the robust error contains
 * the standard error, and their difference, the boundary error, is never negative. (The authors' code subtracts two
 * accuracies, which gives less where an attack corrects a prediction.)
 *
 * <p>Immutable; equal by content.
 */
public final class Tally {
    private final int classes;
    private final long[] clean;
    private final long[] attacked;

    private Tally(int classes, long[] clean, long[] attacked) {
        this.classes = classes;
        this.clean = clean;
        this.attacked = attacked;
    }

    /** A tally without samples. */
    public static Tally empty(int classes) {
        return new Tally(classes, new long[classes * classes], new long[classes * classes]);
    }

    /**
     * @param clean confusion without attack, shape [classes, classes], row = true class, row-major
     * @param attacked confusion under attack, same shape
     * @throws IllegalArgumentException if a count is negative, the two rows of a class have different sums, or more samples of
     *     a class are right under attack than without
     */
    public static Tally of(int classes, long[] clean, long[] attacked) {
        if (classes < 1 || clean.length != classes * classes || attacked.length != classes * classes) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d classes need two confusion matrices of %d counts, got %d and %d",
                    classes,
                    classes * classes,
                    clean.length,
                    attacked.length));
        }
        for (long count : clean) {
            requireCount(count);
        }
        for (long count : attacked) {
            requireCount(count);
        }
        var tally = new Tally(classes, clean.clone(), attacked.clone());
        for (int label = 0; label < classes; label++) {
            long underAttack = sum(attacked, label * classes, classes);
            if (tally.seen(label) != underAttack || tally.wrongRobust(label) < tally.wrongClean(label)) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "class %d: %d samples and %d wrong without attack, %d and %d under attack",
                        label,
                        tally.seen(label),
                        tally.wrongClean(label),
                        underAttack,
                        tally.wrongRobust(label)));
            }
        }
        return tally;
    }

    /**
     * A tally of some cells; all others are 0.
     *
     * @param cells numbers of the cells, ascending: true class * classes + predicted class
     * @param clean samples without attack in each of these cells
     * @param attacked samples under attack in each of these cells
     * @throws IllegalArgumentException if a cell does not exist or comes twice, or as {@link #of}
     */
    public static Tally ofCells(int classes, int[] cells, long[] clean, long[] attacked) {
        var cleanMatrix = new long[classes * classes];
        var attackedMatrix = new long[classes * classes];
        int before = -1;
        for (int i = 0; i < cells.length; i++) {
            if (cells[i] <= before || cells[i] >= cleanMatrix.length) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "cell %d after cell %d; cells ascend, up to %d",
                        cells[i],
                        before,
                        cleanMatrix.length - 1));
            }
            before = cells[i];
            cleanMatrix[before] = clean[i];
            attackedMatrix[before] = attacked[i];
        }
        return of(classes, cleanMatrix, attackedMatrix);
    }

    /** What is done with a cell that holds a sample. */
    public interface CellVisitor {
        /** @param cell true class * classes + predicted class */
        void visit(int cell, long clean, long attacked);
    }

    /** Visits every cell that holds a sample, without attack or under attack, in ascending order. */
    public void forEachCell(CellVisitor visitor) {
        for (int cell = 0; cell < clean.length; cell++) {
            if (clean[cell] != 0 || attacked[cell] != 0) {
                visitor.visit(cell, clean[cell], attacked[cell]);
            }
        }
    }

    private static void requireCount(long count) {
        if (count < 0 || count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("a count is " + count);
        }
    }

    /**
     * Counts predictions.
     *
     * @param labels true classes, shape [N]
     * @param cleanPredictions shape [N]
     * @param attackedPredictions shape [N]; equal to the clean prediction where that is wrong
     */
    public static Tally count(int classes, int[] labels, int[] cleanPredictions, int[] attackedPredictions) {
        var clean = new long[classes * classes];
        var attacked = new long[classes * classes];
        for (int i = 0; i < labels.length; i++) {
            clean[labels[i] * classes + cleanPredictions[i]]++;
            attacked[labels[i] * classes + attackedPredictions[i]]++;
        }
        return of(classes, clean, attacked);
    }

    public Tally plus(Tally other) {
        if (other.classes != classes) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "expected %d classes, got %d", classes, other.classes));
        }
        var sum = empty(classes);
        Arrays.setAll(sum.clean, i -> clean[i] + other.clean[i]);
        Arrays.setAll(sum.attacked, i -> attacked[i] + other.attacked[i]);
        return sum;
    }

    /** Adds these counts to two confusion matrices of the same classes. */
    void addTo(long[] cleanSum, long[] attackedSum) {
        for (int i = 0; i < clean.length; i++) {
            cleanSum[i] += clean[i];
            attackedSum[i] += attacked[i];
        }
    }

    public int classes() {
        return classes;
    }

    /** Samples of this class. */
    public long seen(int label) {
        return sum(clean, label * classes, classes);
    }

    /** Samples of this class that are misclassified without attack. */
    public long wrongClean(int label) {
        return seen(label) - clean[label * classes + label];
    }

    /** Samples of this class that are misclassified with or without attack. */
    public long wrongRobust(int label) {
        return seen(label) - attacked[label * classes + label];
    }

    /** All samples. */
    public long seen() {
        return Arrays.stream(clean).sum();
    }

    /** Samples of class {@code label} that are predicted as {@code predicted} without attack. */
    public long clean(int label, int predicted) {
        return clean[label * classes + predicted];
    }

    /** Samples of class {@code label} that are predicted as {@code predicted} under attack. */
    public long attacked(int label, int predicted) {
        return attacked[label * classes + predicted];
    }

    /** Confusion without attack, shape [classes, classes], row = true class; a copy. */
    public long[] cleanConfusion() {
        return clean.clone();
    }

    /** Confusion under attack, shape [classes, classes], row = true class; a copy. */
    public long[] attackedConfusion() {
        return attacked.clone();
    }

    private static long sum(long[] counts, int from, int length) {
        long sum = 0;
        for (int i = from; i < from + length; i++) {
            sum += counts[i];
        }
        return sum;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tally o
                && classes == o.classes
                && Arrays.equals(clean, o.clean)
                && Arrays.equals(attacked, o.attacked);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(clean) + Arrays.hashCode(attacked);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "Tally[%d classes, %d samples]", classes, seen());
    }
}
