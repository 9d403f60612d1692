package dev.frl.cli.terminal;

import java.time.Duration;
import java.util.regex.Pattern;

/** Quantities and texts for people. */
public final class HumanFormat {
    private static final Pattern ISO_DURATION =
            Pattern.compile("\\bPT(?=[0-9])(?:[0-9]{1,9}H)?(?:[0-9]{1,9}M)?(?:[0-9]{1,9}S)?\\b");

    private HumanFormat() {}

    /** Such as {@code 45 s}, {@code 3 min 20 s}, {@code 25 min}, {@code 2 h 5 min}. */
    public static String duration(Duration d) {
        long s = Math.max(0, Math.round(d.toMillis() / 1000.0));
        if (s < 60) {
            return s + " s";
        }
        long min = s / 60;
        if (min < 10) {
            return s % 60 == 0 ? min + " min" : "%d min %d s".formatted(min, s % 60);
        }
        if (min < 60) {
            return Math.round(s / 60.0) + " min";
        }
        long h = min / 60;
        if (h < 48) {
            return min % 60 == 0 ? h + " h" : "%d h %d min".formatted(h, min % 60);
        }
        return "%d days".formatted(Math.round(h / 24.0));
    }

    /** Remaining time, rounded so that it does not change with every drawing. */
    public static String left(Duration d) {
        long s = Math.max(0, Math.round(d.toMillis() / 1000.0));
        if (s > 600) {
            s = Math.round(s / 60.0) * 60;
        } else if (s > 60) {
            s = Math.round(s / 10.0) * 10;
        }
        return duration(Duration.ofSeconds(s)) + " left";
    }

    /** Such as {@code 26.4 MB}; powers of 1000, as for networks and disks. */
    public static String bytes(double bytes) {
        if (bytes < 1000) {
            return "%d B".formatted(Math.round(bytes));
        }
        if (bytes < 1e6) {
            return "%d kB".formatted(Math.round(bytes / 1e3));
        }
        return bytes < 1e9 ? "%.1f MB".formatted(bytes / 1e6) : "%.1f GB".formatted(bytes / 1e9);
    }

    /**
     * A text from elsewhere on one line, without control characters: reasons and names come over the network, and must not
     * move the cursor.
     */
    public static String line(String text) {
        return text.strip().replaceAll("\\R+", " ").replaceAll("\\p{Cntrl}", "?");
    }

    /** The text on one line as by {@link #line}, with durations as by {@link #withDurations}. */
    public static String reason(String text) {
        return withDurations(line(text));
    }

    /** The text with ISO 8601 durations such as {@code PT5S} written as {@code 5 s}. Reasons in the run log hold them. */
    public static String withDurations(String text) {
        return ISO_DURATION.matcher(text).replaceAll(match -> duration(Duration.parse(match.group())));
    }

    /** Such as {@code 1 run} and {@code 3 runs}. */
    public static String count(long n, String one) {
        return n == 1 ? "1 " + one : n + " " + one + "s";
    }
}
