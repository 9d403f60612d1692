package dev.frl.cli.terminal;

import dev.frl.core.HumanTime;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Quantities and texts for people. */
public final class HumanFormat {
    private static final Pattern ISO_TIME =
            Pattern.compile("(until )?\\b(\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,9})?)?Z)");

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
            return String.format(Locale.ROOT, "%d B", Math.round(bytes));
        }
        if (bytes < 1e6) {
            return String.format(Locale.ROOT, "%d kB", Math.round(bytes / 1e3));
        }
        return bytes < 1e9
                ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
                : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
    }

    /**
     * A text from elsewhere on one line, without control characters: reasons and names come over the network, and must not
     * move the cursor.
     */
    public static String line(String text) {
        return text.strip().replaceAll("\\R+", " ").replaceAll("\\p{Cc}", "?");
    }

    /** The text on one line as by {@link #line}, with durations as by {@link HumanTime#in}. */
    public static String reason(String text) {
        return HumanTime.in(line(text));
    }

    /** The text as by {@link #reason(String)}, with times as by {@link #when}: {@code waits until} a time becomes {@code waits for 3 min}. */
    public static String reason(String text, Instant now) {
        return ISO_TIME.matcher(reason(text)).replaceAll(match -> {
            Instant time;
            try {
                time = Instant.parse(match.group(2));
            } catch (DateTimeParseException e) { // looks like a time, but is none
                return Matcher.quoteReplacement(match.group());
            }
            boolean until = match.group(1) != null && time.isAfter(now);
            return until
                    ? "for " + duration(Duration.between(now, time))
                    : (match.group(1) == null ? "" : match.group(1)) + when(time, now);
        });
    }

    /** Such as {@code in 3 min} and {@code 5 s ago}. */
    public static String when(Instant time, Instant now) {
        return time.isBefore(now)
                ? duration(Duration.between(time, now)) + " ago"
                : "in " + duration(Duration.between(now, time));
    }

    /** Such as {@code 1 run} and {@code 3 runs}. */
    public static String count(long n, String one) {
        return n == 1 ? "1 " + one : n + " " + one + "s";
    }
}
