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
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Shows the progress of downloads: on a terminal as a bar with rate and remaining time, else as a plain line at the start,
 * every ten seconds, and at the end of each file.
 */
public final class DownloadProgress implements Progress, AutoCloseable {
    private static final Duration BETWEEN_DRAWINGS = Duration.ofMillis(100);
    private static final Duration BETWEEN_LINES = Duration.ofSeconds(10);
    private static final Duration LATELY = Duration.ofSeconds(5);
    private static final Duration SETTLED = Duration.ofMillis(500);
    private static final int BAR = 20;

    private final CliContext context;
    private final LiveArea area;
    private @Nullable Download download;
    private boolean downloadedAny;

    /** The file that is being downloaded. */
    private static final class Download {
        final String what;
        final Meter meter = new Meter(LATELY, SETTLED);
        final Instant started;

        /** Time of the last drawing or line; null before the first. */
        @Nullable
        Instant shown;

        long bytes;
        long total;

        Download(String what, Instant started) {
            this.what = what;
            this.started = started;
        }
    }

    public DownloadProgress(CliContext context) {
        this.context = context;
        this.area = new LiveArea(context.err(), context.terminal().size());
    }

    @Override
    public synchronized void at(String what, long bytes, long total) {
        downloadedAny = true;
        Instant now = context.clock().instant();
        if (download == null || !download.what.equals(what)) {
            finish();
            download = new Download(what, now);
        }
        download.bytes = bytes;
        download.total = total;
        download.meter.sample(now, bytes);
        Duration pause = context.terminal().err() ? BETWEEN_DRAWINGS : BETWEEN_LINES;
        if (download.shown == null || Duration.between(download.shown, now).compareTo(pause) >= 0) {
            download.shown = now;
            if (context.terminal().err()) {
                area.show(List.of(bar(download, context.terminal().unicode())));
            } else {
                context.err().println(plain(download));
            }
        }
    }

    @Override
    public synchronized void mirrorPassedOver(String why) {
        finish();
        context.err()
                .printf(
                        Locale.ROOT,
                        "the mirror did not deliver, so another source was asked: %s%n",
                        HumanFormat.line(why));
    }

    /** Whether any file was downloaded. */
    public boolean downloadedAny() {
        return downloadedAny;
    }

    @Override
    public synchronized void close() {
        finish();
    }

    private void finish() {
        if (download != null) {
            area.clear();
            Duration took = Duration.between(download.started, context.clock().instant());
            context.err()
                    .printf(
                            Locale.ROOT,
                            "%s: %s in %s%n",
                            download.what,
                            HumanFormat.bytes(download.bytes),
                            HumanFormat.duration(took));
            download = null;
        }
    }

    private static String bar(Download download, boolean unicode) {
        var line = new StringBuilder(download.what).append("  ");
        if (download.total > 0) {
            double share = (double) download.bytes / download.total;
            line.append(Bar.of(share, BAR, unicode))
                    .append(' ')
                    .append(Bar.percent(share))
                    .append("  ");
        }
        return line.append(amounts(download)).toString();
    }

    private static String plain(Download download) {
        String share = download.total > 0
                ? Bar.percent((double) download.bytes / download.total).strip() + ", "
                : "";
        return download.what + ": " + share + amounts(download);
    }

    private static String amounts(Download download) {
        var text = new StringBuilder(HumanFormat.bytes(download.bytes));
        if (download.total > 0) {
            text.append(" of ").append(HumanFormat.bytes(download.total));
        }
        download.meter
                .rate()
                .ifPresent(rate ->
                        text.append(", ").append(HumanFormat.bytes(rate)).append("/s"));
        if (download.total > 0) {
            download.meter
                    .left(download.total)
                    .ifPresent(left -> text.append(", ").append(HumanFormat.left(left)));
        }
        return text.toString();
    }
}
