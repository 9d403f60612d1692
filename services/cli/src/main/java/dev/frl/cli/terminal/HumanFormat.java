package dev.frl.cli.terminal;

import dev.frl.core.HumanTime;
import java.time.Duration;

/** Quantities and texts for people. */
public final class HumanFormat {
    private HumanFormat() {}

    /** Such as {@code 45 s}, {@code 3 min 20 s}, {@code 25 min}, {@code 2 h 5 min}. */
    public static String duration(Duration d) {
        return HumanTime.of(d);
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

    /** The text on one line as by {@link #line}, with durations as by {@link HumanTime#in}. */
    public static String reason(String text) {
        return HumanTime.in(line(text));
    }

    /** Such as {@code 1 run} and {@code 3 runs}. */
    public static String count(long n, String one) {
        return n == 1 ? "1 " + one : n + " " + one + "s";
    }
}
