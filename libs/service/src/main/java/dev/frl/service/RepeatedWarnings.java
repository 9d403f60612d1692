package dev.frl.service;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;

/**
 * Leaves out warnings of libraries that repeat: a consumer whose topic is deleted writes twenty thousand a second, and a client whose
 * broker has no address a stack trace each second. The services tell their own troubles once or rarely. Read by logback.xml.
 */
public final class RepeatedWarnings extends TurboFilter {
    private static final String OURS = "dev.frl";
    /** Warnings of one kind within {@link #WINDOW}. */
    private static final int MOST = 3;

    private static final long WINDOW = Duration.ofSeconds(10).toNanos();
    private static final int REMEMBERED = 1000;

    private final LongSupplier nanos;
    private final Map<String, Window> windows = new ConcurrentHashMap<>();

    private record Window(long begin, int count) {}

    public RepeatedWarnings() {
        this(System::nanoTime);
    }

    /** @param nanos time in nanoseconds, from any origin */
    RepeatedWarnings(LongSupplier nanos) {
        this.nanos = nanos;
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] arguments,
            @Nullable Throwable error) {
        if (format == null // only asked whether the level is on
                || !level.isGreaterOrEqual(Level.WARN)
                || logger.getName().startsWith(OURS)) {
            return FilterReply.NEUTRAL;
        }
        if (windows.size() >= REMEMBERED) {
            windows.clear();
        }
        long now = nanos.getAsLong();
        var window = windows.merge(
                logger.getName() + ' ' + format,
                new Window(now, 1),
                (before, first) ->
                        now - before.begin() < WINDOW ? new Window(before.begin(), before.count() + 1) : first);
        return window.count() > MOST ? FilterReply.DENY : FilterReply.NEUTRAL;
    }
}
