package dev.frl.core.settings;

import java.time.Duration;
import java.util.Locale;

/**
 * The numbers that a setting may take. A setting's range is declared once, as a constant of its record; the record's check, the
 * texts of problems, the documentation and the JSON Schema all take it from there.
 *
 * @param min lower end; negative infinity for none
 * @param includesMin whether the lower end itself is allowed
 * @param max upper end; infinity for none
 * @param includesMax whether the upper end itself is allowed
 * @param interval the numbers in words, as in {@code in [0, 1)}
 * @param noun what the number is, to be read before the interval; may be empty
 * @param remark to be read after the interval, with its punctuation; may be empty
 */
public record Range(
        double min, boolean includesMin, double max, boolean includesMax, String interval, String noun, String remark) {
    public Range {
        if (!(min < max)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "a range must have min < max, got %s and %s", min, max));
        }
    }

    /** As {@code in [min, max]}. */
    public static Range closed(double min, double max) {
        return interval(min, true, max, true);
    }

    /** As {@code in [min, max)}. */
    public static Range closedOpen(double min, double max) {
        return interval(min, true, max, false);
    }

    /** As {@code in (min, max]}. */
    public static Range openClosed(double min, double max) {
        return interval(min, false, max, true);
    }

    /** As {@code in (min, max)}. */
    public static Range open(double min, double max) {
        return interval(min, false, max, false);
    }

    /** As {@code from 1 to 100}: for counts, both ends included. */
    public static Range fromTo(double min, double max) {
        return new Range(
                min, true, max, true, String.format(Locale.ROOT, "from %s to %s", text(min), text(max)), "", "");
    }

    /** In seconds, as {@code from 1s to 30d}, both ends included. */
    public static Range fromTo(Duration min, Duration max) {
        return new Range(
                seconds(min),
                true,
                seconds(max),
                true,
                String.format(Locale.ROOT, "from %s to %s", text(min), text(max)),
                "",
                "");
    }

    public static Range atLeast(double min) {
        return new Range(min, true, Double.POSITIVE_INFINITY, false, "at least " + text(min), "", "");
    }

    public static Range above(double min) {
        String interval = min == 0 ? "positive" : "above " + text(min);
        return new Range(min, false, Double.POSITIVE_INFINITY, false, interval, "", "");
    }

    private static Range interval(double min, boolean includesMin, double max, boolean includesMax) {
        String text = String.format(
                Locale.ROOT, "in %s%s, %s%s", includesMin ? "[" : "(", text(min), text(max), includesMax ? "]" : ")");
        return new Range(min, includesMin, max, includesMax, text, "", "");
    }

    /** The same numbers with a name, as in {@code an error fraction in (0, 1)}. */
    public Range named(String other) {
        return new Range(min, includesMin, max, includesMax, interval, other, remark);
    }

    /** The same numbers with a remark, as in {@code in (0, 0.5), in units of pixel value}. */
    public Range withRemark(String other) {
        return new Range(min, includesMin, max, includesMax, interval, noun, other);
    }

    /** NaN is in no range. */
    public boolean contains(double value) {
        boolean above = includesMin ? value >= min : value > min;
        boolean below = includesMax ? value <= max : value < max;
        return above && below;
    }

    public boolean contains(Duration value) {
        return contains(seconds(value));
    }

    /** What a value must be, to be read after "must be". */
    public String text() {
        return (noun.isEmpty() ? "" : noun + " ") + interval + remark;
    }

    /** Exact to the nanosecond for every duration of less than 48 days. */
    private static double seconds(Duration d) {
        return d.getSeconds() + d.getNano() / 1e9;
    }

    private static String text(double end) {
        return end == Math.rint(end) ? Long.toString((long) end) : Double.toString(end);
    }

    private static String text(Duration end) {
        return end.toDays() > 0 && end.equals(Duration.ofDays(end.toDays()))
                ? end.toDays() + "d"
                : end.toSeconds() + "s";
    }
}
