package dev.frl.report.statistics;

import java.util.Locale;

/** Formats fractions as percent and percentage points, with one decimal. */
public final class Points {
    private static final String MINUS = "−";
    private static final String NO_DATA = "–";

    private Points() {}

    /** {@code 64.1}; a dash for NaN. */
    public static String of(double fraction) {
        if (Double.isNaN(fraction)) {
            return NO_DATA;
        }
        String text = String.format(Locale.ROOT, "%.1f", fraction * 100);
        return text.equals("-0.0") ? "0.0" : text.replace("-", MINUS);
    }

    /** {@code 64.1 %}. */
    public static String percent(double fraction) {
        return of(fraction) + (Double.isNaN(fraction) ? "" : " %");
    }

    /** {@code +2.7} or {@code −26.9}, with a minus sign and not a hyphen. */
    public static String signed(double fraction) {
        String text = of(fraction);
        boolean plus = !Double.isNaN(fraction) && !text.startsWith(MINUS) && !text.equals("0.0");
        return plus ? "+" + text : text;
    }
}
