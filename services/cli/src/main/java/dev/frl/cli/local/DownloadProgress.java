package dev.frl.cli.local;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.terminal.Bar;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.LiveArea;
import dev.frl.cli.terminal.Meter;
import dev.frl.data.file.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Shows how downloads go on: on a terminal as a bar with rate and time left, else as a plain line at the beginning, now and
 * then, and at the end of each file.
 */
public final class DownloadProgress implements Progress, AutoCloseable {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
    private static final Duration LATELY = Duration.ofSeconds(5);
    private static final Duration SETTLED = Duration.ofMillis(500);
    private static final int BAR = 20;

    private final CliContext context;
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

    public DownloadProgress(CliContext context) {
        this.context = context;
        this.area = new LiveArea(context.err(), context.terminal().size());
    }

    @Override
    public synchronized void at(String what, long bytes, long total) {
        fetchedAny = true;
        Instant now = context.clock().instant();
        if (part == null || !part.what.equals(what)) {
            finish();
            part = new Part(what, now);
        }
        part.bytes = bytes;
        part.total = total;
        part.meter.look(now, bytes);
        Duration pause = context.terminal().err() ? BETWEEN_DRAWINGS : BETWEEN_LINES;
        if (part.shown == null || Duration.between(part.shown, now).compareTo(pause) >= 0) {
            part.shown = now;
            if (context.terminal().err()) {
                area.show(List.of(bar(part, context.terminal().unicode())));
            } else {
                context.err().println(plain(part));
            }
        }
    }

    /** Whether anything had to be fetched. */
    public boolean fetchedAny() {
        return fetchedAny;
    }

    @Override
    public synchronized void close() {
        finish();
    }

    private void finish() {
        if (part != null) {
            area.clear();
            Duration took = Duration.between(part.begun, context.clock().instant());
            context.err()
                    .printf("%s: %s in %s%n", part.what, HumanFormat.bytes(part.bytes), HumanFormat.duration(took));
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
        var text = new StringBuilder(HumanFormat.bytes(part.bytes));
        if (part.total > 0) {
            text.append(" of ").append(HumanFormat.bytes(part.total));
        }
        part.meter
                .rate()
                .ifPresent(rate ->
                        text.append(", ").append(HumanFormat.bytes(rate)).append("/s"));
        if (part.total > 0) {
            part.meter.left(part.total).ifPresent(left -> text.append(", ").append(HumanFormat.left(left)));
        }
        return text.toString();
    }
}
