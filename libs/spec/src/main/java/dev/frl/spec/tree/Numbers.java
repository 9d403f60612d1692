package dev.frl.spec.tree;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.Duration;

/** Numbers and durations as text that reads back to the same value. */
public final class Numbers {
    private Numbers() {}

    /**
     * The shortest decimal that reads back to the same double, and of these the closest. Not Double.toString: before JDK 19
     * that is sometimes longer, and then the same settings would have two hashes.
     */
    public static String shortest(double d) {
        if (Double.isNaN(d) || Double.isInfinite(d)) {
            return Double.isNaN(d) ? ".nan" : d > 0 ? ".inf" : "-.inf";
        }
        if (d == Math.rint(d) && Math.abs(d) < 1e9) {
            return 1 / d == Double.NEGATIVE_INFINITY ? "-0.0" : Long.toString((long) d);
        }
        var exact = new BigDecimal(d);
        int digits = new BigDecimal(Double.toString(d)).stripTrailingZeros().precision();
        while (digits > 1 && rounded(exact, digits - 1).doubleValue() == d) {
            digits--;
        }
        var shortest = rounded(exact, digits).stripTrailingZeros();
        double size = Math.abs(d);
        return size >= 1e-6 && size < 1e9 ? shortest.toPlainString() : shortest.toString();
    }

    private static BigDecimal rounded(BigDecimal exact, int digits) {
        return exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
    }

    /** As {@code 1h30m}. */
    public static String duration(Duration d) {
        var out = new StringBuilder();
        append(out, d.toDaysPart(), "d");
        append(out, d.toHoursPart(), "h");
        append(out, d.toMinutesPart(), "m");
        if (d.toNanosPart() != 0) {
            out.append(BigDecimal.valueOf(d.toSecondsPart())
                            .add(BigDecimal.valueOf(d.toNanosPart(), 9))
                            .stripTrailingZeros()
                            .toPlainString())
                    .append('s');
        } else {
            append(out, d.toSecondsPart(), "s");
        }
        return out.length() == 0 ? "0s" : out.toString();
    }

    private static void append(StringBuilder out, long amount, String unit) {
        if (amount != 0) {
            out.append(amount).append(unit);
        }
    }
}
