package dev.frl.core.errors;

import java.util.Locale;

/**
 * The errors of one evaluation. All are fractions in [0, 1]; a class without samples is NaN.
 *
 * <pre>
 *   R_nat(f, i)    wrong without attack            standard error of class i
 *   R_rob(f, i)    wrong with or without attack    robust error
 *   R_bndy(f, i) = R_rob(f, i) − R_nat(f, i)       boundary error
 * </pre>
 *
 * The boundary errors are stored and not derived: counts give them exactly, a difference of fractions only up to rounding.
 * All six numbers are checked against each other.
 *
 * @param standard R_nat of each class
 * @param robust R_rob of each class
 * @param boundary R_bndy of each class
 * @param totalStandard R_nat over all samples; it is not the mean over the classes if classes differ in size
 * @param totalRobust R_rob over all samples
 * @param totalBoundary R_bndy over all samples
 */
public record ClassErrors(
        PerClass standard,
        PerClass robust,
        PerClass boundary,
        double totalStandard,
        double totalRobust,
        double totalBoundary) {
    private static final double ROUNDING = 1e-9;

    /**
     * @throws IllegalArgumentException if the numbers contradict each other: a robust error is less than the standard error, a
     *     boundary error is not their difference, or a total is outside the range of the classes
     */
    public ClassErrors {
        standard.requireSameClassesAs(robust);
        standard.requireSameClassesAs(boundary);
        for (int i = 0; i < standard.classes(); i++) {
            requireSum("class " + i, standard.get(i), boundary.get(i), robust.get(i));
        }
        requireSum("total", totalStandard, totalBoundary, totalRobust);
        requireWithin("standard", totalStandard, standard);
        requireWithin("boundary", totalBoundary, boundary);
        requireWithin("robust", totalRobust, robust);
    }

    private static void requireSum(String what, double standard, double boundary, double robust) {
        boolean none = Double.isNaN(standard) && Double.isNaN(boundary) && Double.isNaN(robust);
        boolean sum = standard >= 0 && boundary >= 0 && Math.abs(standard + boundary - robust) <= ROUNDING;
        if (!none && !sum) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s: standard error %s and boundary error %s must not be negative, and must add up to robust error %s",
                    what,
                    standard,
                    boundary,
                    robust));
        }
    }

    private static void requireWithin(String kind, double total, PerClass classes) {
        double least = -classes.times(-1).max();
        if (!(total >= least - ROUNDING && total <= classes.max() + ROUNDING)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT, "total %s error is %s; the classes have %s to %s", kind, total, least, classes.max()));
        }
    }

    /** @throws IllegalArgumentException if the tally is empty */
    public static ClassErrors of(Tally tally) {
        long seen = tally.seen();
        if (seen == 0) {
            throw new IllegalArgumentException("the tally has no samples, so there are no errors");
        }
        int classes = tally.classes();
        var standard = PerClass.generate(classes, i -> fraction(tally.wrongClean(i), tally.seen(i)));
        var robust = PerClass.generate(classes, i -> fraction(tally.wrongRobust(i), tally.seen(i)));
        var boundary =
                PerClass.generate(classes, i -> fraction(tally.wrongRobust(i) - tally.wrongClean(i), tally.seen(i)));
        long wrongClean = 0;
        long wrongRobust = 0;
        for (int i = 0; i < classes; i++) {
            wrongClean += tally.wrongClean(i);
            wrongRobust += tally.wrongRobust(i);
        }
        return new ClassErrors(
                standard,
                robust,
                boundary,
                fraction(wrongClean, seen),
                fraction(wrongRobust, seen),
                fraction(wrongRobust - wrongClean, seen));
    }

    private static double fraction(long part, long whole) {
        return whole == 0 ? Double.NaN : (double) part / whole;
    }
}
