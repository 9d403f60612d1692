package dev.frl.cli.local;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.AppenderBase;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import dev.frl.cli.terminal.HumanFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;

/**
 * Logging of a command: everything goes to a file, and warnings of our services also to the screen, above the live lines.
 */
public final class Logging implements AutoCloseable {
    private static final String OURS = "dev.frl";
    private static final FileSize ROLL_AT = FileSize.valueOf("20 MB");

    private final LoggerContext context;
    private final RollingFileAppender<ILoggingEvent> file;
    private final Screen screen;

    private Logging(LoggerContext context, RollingFileAppender<ILoggingEvent> file, Screen screen) {
        this.context = context;
        this.file = file;
        this.screen = screen;
    }

    /** Logging of commands that only read: warnings of our code, and nothing from libraries. The command itself reports errors. */
    public static void quiet() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(Logger.ROOT_LOGGER_NAME).setLevel(Level.OFF);
            context.getLogger(OURS).setLevel(Level.WARN);
        }
    }

    /**
     * @param verbose whether to print the information of our services too; else only warnings
     * @param printer prints a line on the screen
     */
    static Logging toFile(Path path, boolean verbose, Consumer<String> printer) {
        var context = (LoggerContext) LoggerFactory.getILoggerFactory();
        var file = file(context, path);
        var screen = new Screen(printer);
        screen.setContext(context);
        var threshold = new ThresholdFilter();
        threshold.setLevel(verbose ? "INFO" : "WARN");
        threshold.start();
        screen.addFilter(threshold);
        screen.start();
        var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        var console = new ArrayList<Appender<ILoggingEvent>>();
        root.iteratorForAppenders().forEachRemaining(console::add); // whatever logback.xml calls it
        console.forEach(root::detachAppender);
        root.setLevel(Level.WARN);
        root.addAppender(file);
        var ours = context.getLogger(OURS);
        ours.setLevel(Level.INFO);
        ours.addAppender(screen);
        return new Logging(context, file, screen);
    }

    private static RollingFileAppender<ILoggingEvent> file(LoggerContext context, Path path) {
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setPattern("%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level %-20logger{0} %msg  %kvp%n%ex");
        encoder.start();
        var file = new RollingFileAppender<ILoggingEvent>();
        file.setContext(context);
        file.setFile(path.toString());
        file.setEncoder(encoder);
        var size = new SizeBasedTriggeringPolicy<ILoggingEvent>();
        size.setContext(context);
        size.setMaxFileSize(ROLL_AT);
        size.start();
        var window = new FixedWindowRollingPolicy();
        window.setContext(context);
        window.setParent(file);
        window.setFileNamePattern(path + ".%i");
        window.setMaxIndex(3);
        window.start();
        file.setTriggeringPolicy(size);
        file.setRollingPolicy(window);
        file.start();
        return file;
    }

    void warnThrough(Consumer<String> printer) {
        screen.printer = printer;
    }

    @Override
    public void close() {
        context.getLogger(OURS).detachAppender(screen);
        context.getLogger(Logger.ROOT_LOGGER_NAME).detachAppender(file);
        screen.stop();
        file.stop();
    }

    /** Prints one line per event. A repeated warning appears once in five minutes; the file has all of them. */
    private static final class Screen extends AppenderBase<ILoggingEvent> {
        private static final long PAUSE_MILLIS = Duration.ofMinutes(5).toMillis();
        private static final int REMEMBERED = 100;
        private final Map<String, Long> warned = new LinkedHashMap<>();
        private volatile Consumer<String> printer;

        Screen(Consumer<String> printer) {
            this.printer = printer;
        }

        @Override
        protected void append(ILoggingEvent event) {
            boolean warning = event.getLevel().isGreaterOrEqual(Level.WARN);
            if (warning && !isDue(event)) {
                return;
            }
            String details = event.getKeyValuePairs() == null
                    ? ""
                    : event.getKeyValuePairs().stream()
                            .map(p -> p.key + "=" + (p.value instanceof Duration d ? HumanFormat.duration(d) : p.value))
                            .collect(Collectors.joining(", ", " (", ")"));
            String level = event.getLevel().isGreaterOrEqual(Level.ERROR) ? "error: " : warning ? "warning: " : "";
            String cause = event.getThrowableProxy() == null
                    ? ""
                    : ": " + event.getThrowableProxy().getMessage();
            printer.accept(HumanFormat.reason(level + event.getFormattedMessage() + details + cause));
        }

        /** Whether the warning was not printed recently. One thread at a time calls an appender, so no lock is needed. */
        private boolean isDue(ILoggingEvent event) {
            String reason = event.getKeyValuePairs() == null
                    ? ""
                    : event.getKeyValuePairs().stream()
                            .filter(p -> p.key.equals("reason") || p.key.equals("run"))
                            .map(p -> String.valueOf(p.value))
                            .collect(Collectors.joining("\n"));
            Long last = warned.get(event.getFormattedMessage() + "\n" + reason);
            if (last != null && event.getTimeStamp() - last < PAUSE_MILLIS) {
                return false;
            }
            if (warned.size() >= REMEMBERED) {
                warned.clear();
            }
            warned.put(event.getFormattedMessage() + "\n" + reason, event.getTimeStamp());
            return true;
        }
    }
}
