package dev.frl.cli.terminal;

import java.time.Duration;

/** Quantities as people say them. */
public final class HumanFormat {
    private HumanFormat() {}

    /** As in {@code 45 s}, {@code 3 min 20 s}, {@code 25 min}, {@code 2 h 5 min}. */
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

    /** Rounded, so that it does not change with every look. */
    public static String left(Duration d) {
        long s = Math.max(0, Math.round(d.toMillis() / 1000.0));
        if (s > 600) {
            s = Math.round(s / 60.0) * 60;
        } else if (s > 60) {
            s = Math.round(s / 10.0) * 10;
        }
        return duration(Duration.ofSeconds(s)) + " left";
    }

    /** As in {@code 26.4 MB}: millions, as networks and disks count. */
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
     * What others wrote, on one line and without the characters that command a terminal: reasons and names come over the
     * network.
     */
    public static String line(String text) {
        return text.strip().replaceAll("\\R+", " ").replaceAll("\\p{Cntrl}", "?");
    }

    /** As in {@code 1 run} and {@code 3 runs}. */
    public static String count(long n, String one) {
        return n == 1 ? "1 " + one : n + " " + one + "s";
    }
}
