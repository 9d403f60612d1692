package dev.frl.cli;

import dev.frl.data.file.Progress;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows how downloads go on: on a terminal as a bar with rate and time left, else as a plain line at the beginning, now and
 * then, and at the end of each file.
 */
final class DownloadProgress implements Progress, AutoCloseable {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
    private static final Duration LATELY = Duration.ofSeconds(5);
    private static final Duration SETTLED = Duration.ofMillis(500);
    private static final int BAR = 20;

    private final World world;
    private final LiveArea area;
    private @Nullable Part part;
    private boolean fetchedAny;

    /** What is being fetched now. */
    private static final class Part {
        final String what;
        final Meter meter = new Meter(LATELY, SETTLED);
        final Instant begun;

        /** When it was last shown; null before the first time. */
        @Nullable
        Instant shown;

        long bytes;
        long total;

        Part(String what, Instant begun) {
            this.what = what;
            this.begun = begun;
        }
    }

    DownloadProgress(World world) {
        this.world = world;
        this.area = new LiveArea(world.err(), world.terminal().size());
    }

    @Override
    public synchronized void at(String what, long bytes, long total) {
        fetchedAny = true;
        Instant now = world.clock().instant();
        if (part == null || !part.what.equals(what)) {
            finish();
            part = new Part(what, now);
        }
        part.bytes = bytes;
        part.total = total;
        part.meter.look(now, bytes);
        Duration pause = world.terminal().err() ? BETWEEN_DRAWINGS : BETWEEN_LINES;
        if (part.shown == null || Duration.between(part.shown, now).compareTo(pause) >= 0) {
            part.shown = now;
            if (world.terminal().err()) {
                area.show(List.of(bar(part, world.terminal().unicode())));
            } else {
                world.err().println(plain(part));
            }
        }
    }

    /** Whether anything had to be fetched. */
    boolean fetchedAny() {
        return fetchedAny;
    }

    @Override
    public synchronized void close() {
        finish();
    }

    private void finish() {
        if (part != null) {
            area.clear();
            Duration took = Duration.between(part.begun, world.clock().instant());
            world.err().printf("%s: %s in %s%n", part.what, InWords.bytes(part.bytes), InWords.duration(took));
            part = null;
        }
    }

    private static String bar(Part part, boolean unicode) {
        var line = new StringBuilder(part.what).append("  ");
        if (part.total > 0) {
            double share = (double) part.bytes / part.total;
            line.append(Bar.of(share, BAR, unicode))
                    .append(' ')
                    .append(Bar.percent(share))
                    .append("  ");
        }
        return line.append(amounts(part)).toString();
    }

    private static String plain(Part part) {
        String share =
                part.total > 0 ? Bar.percent((double) part.bytes / part.total).strip() + ", " : "";
        return part.what + ": " + share + amounts(part);
    }

    private static String amounts(Part part) {
        var text = new StringBuilder(InWords.bytes(part.bytes));
        if (part.total > 0) {
            text.append(" of ").append(InWords.bytes(part.total));
        }
        part.meter
                .rate()
                .ifPresent(rate -> text.append(", ").append(InWords.bytes(rate)).append("/s"));
        if (part.total > 0) {
            part.meter.left(part.total).ifPresent(left -> text.append(", ").append(InWords.left(left)));
        }
        return text.toString();
    }
}
