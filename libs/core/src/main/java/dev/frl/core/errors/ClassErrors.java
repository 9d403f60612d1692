package dev.frl.core.errors;

/**
 * The errors of one evaluation. All are fractions in [0, 1]; a class of which no sample was seen is NaN.
 *
 * <pre>
 *   R_nat(f, i)    wrong without attack            standard error of class i
 *   R_rob(f, i)    wrong with or without attack    robust error
 *   R_bndy(f, i) = R_rob(f, i) − R_nat(f, i)       boundary error
 * </pre>
 *
 * @param standard R_nat of each class
 * @param robust R_rob of each class
 * @param boundary R_bndy of each class
 * @param totalStandard over all samples; not the mean of the classes, which differs when classes differ in size
 * @param totalRobust likewise
 * @param totalBoundary likewise
 */
public record ClassErrors(
        PerClass standard,
        PerClass robust,
        PerClass boundary,
        double totalStandard,
        double totalRobust,
        double totalBoundary) {

    /** @throws IllegalArgumentException if the tally is empty */
    public static ClassErrors of(Tally tally) {
        long seen = tally.seen();
        if (seen == 0) {
            throw new IllegalArgumentException("no sample was seen, so there are no errors");
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
