package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RepeatedWarningsTest {
    private final AtomicLong nanos = new AtomicLong();
    private final LoggerContext context = new LoggerContext();
    private final ListAppender<ILoggingEvent> appender = new ListAppender<>();
    private final Logger library = context.getLogger("org.apache.kafka.clients.Fetcher");
    private final Logger own = context.getLogger("dev.frl.worker.WorkHandler");

    @BeforeEach
    void start() {
        context.addTurboFilter(new RepeatedWarnings(nanos::get));
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
    }

    @Test
    void a_flood_of_one_warning_of_a_library_is_cut_and_nothing_else_is() {
        // When
        for (int i = 0; i < 100_000; i++) {
            library.warn("no such partition {}", i);
        }
        library.warn("another");
        own.warn("work failed");
        own.warn("work failed");
        own.warn("work failed");
        own.warn("work failed");

        // Then
        assertThat(appender.list.stream().map(ILoggingEvent::getFormattedMessage))
                .containsExactly(
                        "no such partition 0",
                        "no such partition 1",
                        "no such partition 2",
                        "another",
                        "work failed",
                        "work failed",
                        "work failed",
                        "work failed");
    }

    @Test
    void a_warning_that_goes_on_is_told_again() {
        // When
        for (int second = 0; second < 25; second++) {
            nanos.set(TimeUnit.SECONDS.toNanos(second));
            library.error("cannot connect", new IllegalStateException());
        }

        // Then
        assertThat(appender.list).hasSize(9);
    }
}
