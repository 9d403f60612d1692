package dev.frl.core;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Pattern;

/** Durations as people read them: in terminals, reports and MLflow. */
public final class HumanTime {
    private static final Pattern ISO_DURATION =
            Pattern.compile("\\bPT(?=[0-9])(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}S)?\\b");

    private HumanTime() {}

    /** Such as {@code 45 s}, {@code 3 min 20 s}, {@code 25 min}, {@code 2 h 5 min}. */
    public static String of(Duration d) {
        long s = Math.max(0, Math.round(d.toMillis() / 1000.0));
        if (s < 60) {
            return s + " s";
        }
        long min = s / 60;
        if (min < 10) {
            return s % 60 == 0 ? min + " min" : String.format(Locale.ROOT, "%d min %d s", min, s % 60);
        }
        if (min < 60) {
            return Math.round(s / 60.0) + " min";
        }
        long h = min / 60;
        if (h < 48) {
            return min % 60 == 0 ? h + " h" : String.format(Locale.ROOT, "%d h %d min", h, min % 60);
        }
        return String.format(Locale.ROOT, "%d days", Math.round(h / 24.0));
    }

    /** The text with ISO 8601 durations such as {@code PT5S} written as {@code 5 s}. Reasons in the run log hold them. */
    public static String in(String text) {
        return ISO_DURATION.matcher(text).replaceAll(match -> of(Duration.parse(match.group())));
    }
}
