package dev.frl.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class LoggingTest {
    @TempDir
    Path directory;

    @Test
    void the_file_has_every_event_and_the_screen_each_warning_once() {
        // Given
        var log = LoggerFactory.getLogger("dev.frl.cli.LoggingTest");
        var kafka = LoggerFactory.getLogger("org.apache.kafka.Test");
        var lines = new ArrayList<String>();
        Path file = directory.resolve("logs").resolve("frl.log");

        // When
        try (var logging = Logging.toFile(file, false, line -> lines.add("first " + line))) {
            log.info("begun");
            log.atWarn()
                    .addKeyValue("reason", "no answer")
                    .addKeyValue("againIn", Duration.ofSeconds(1))
                    .log("not recorded yet");
            log.atWarn()
                    .addKeyValue("reason", "no answer")
                    .addKeyValue("againIn", "2 s")
                    .log("not recorded yet");
            kafka.warn("of no interest");
            logging.warnThrough(line -> lines.add("then " + line));
            log.error("broken", new IllegalStateException("why"));
        }
        log.error("logged after close");

        // Then
        assertThat(lines)
                .containsExactly(
                        "first warning: not recorded yet (reason=no answer, againIn=1 s)", "then error: broken: why");
        assertThat(file)
                .content()
                .contains("INFO", "begun", "againIn=\"2 s\"", "of no interest", "IllegalStateException: why");
    }

    @Test
    void the_console_of_the_services_is_silent_whatever_its_name() {
        // Given
        var root = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        var console = new ListAppender<ILoggingEvent>();
        console.setName("text");
        console.start();
        root.addAppender(console);

        // When
        try (var logging = Logging.toFile(directory.resolve("frl.log"), false, line -> {})) {
            LoggerFactory.getLogger("dev.frl.cli.LoggingTest").info("begun");
        }

        // Then
        assertThat(console.list).isEmpty();
    }
}
