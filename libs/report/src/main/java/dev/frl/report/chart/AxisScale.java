package dev.frl.report.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A linear axis: maps values to positions and places ticks. */
public record AxisScale(double low, double high, double from, double to) {
    double at(double value) {
        return high == low ? from : from + (value - low) / (high - low) * (to - from);
    }

    /** Round numbers within the axis, about this many. */
    List<Double> ticks(int about) {
        double step = step((high - low) / Math.max(1, about));
        var ticks = new ArrayList<Double>();
        for (double t = Math.ceil(low / step - 1e-9) * step; t <= high + 1e-9 * step; t += step) {
            ticks.add(Math.abs(t) < 1e-12 ? 0.0 : t);
        }
        return ticks;
    }

    /** Whole numbers within the axis, about this many. */
    List<Double> wholeTicks(int about) {
        double step = Math.max(1, step((high - low) / Math.max(1, about)));
        var ticks = new ArrayList<Double>();
        for (double t = Math.ceil(low / step) * step; t <= high + 1e-9; t += step) {
            ticks.add(t);
        }
        return ticks;
    }

    private static double step(double raw) {
        double power = Math.pow(10, Math.floor(Math.log10(Math.max(raw, 1e-9))));
        double first = raw / power;
        return power * (first <= 1 ? 1 : first <= 2 ? 2 : first <= 5 ? 5 : 10);
    }

    /** The value with at most three decimals and no trailing zeros. */
    public static String label(double v) {
        String text = String.format(Locale.ROOT, "%.3f", v);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }
}
