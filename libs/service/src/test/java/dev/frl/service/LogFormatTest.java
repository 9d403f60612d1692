package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** In a process of its own, since logback reads its file once. */
class LogFormatTest {
    /** What the processes of this test run. */
    static final class Speaker {
        public static void main(String[] args) {
            MDC.put("shard", "7");
            LoggerFactory.getLogger("dev.frl.test")
                    .atInfo()
                    .addKeyValue("run", "small-1")
                    .addKeyValue("epoch", 3)
                    .log("epoch \"trained\"");
        }
    }

    @Test
    void json_has_one_object_a_line_with_the_key_values() throws Exception {
        assertThat(logged("json").strip())
                .startsWith("{\"timestamp\":")
                .endsWith("}")
                .doesNotContain("\n")
                .contains("\"level\":\"INFO\"")
                .contains("\"formattedMessage\":\"epoch \\\"trained\\\"\"")
                .contains("{\"run\":\"small-1\"}", "{\"epoch\":\"3\"}", "\"mdc\": {\"shard\":\"7\"}");
    }

    @Test
    void text_is_the_default() throws Exception {
        assertThat(logged(null)).contains("INFO", "epoch \"trained\"  run=\"small-1\" epoch=\"3\"");
    }

    private static String logged(String format) throws Exception {
        // This module's own classes first: tests of other modules bring a logback.xml as well.
        var builder = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                String.join(File.pathSeparator, "target/classes", System.getProperty("java.class.path")),
                Speaker.class.getName()));
        builder.environment().remove("FRL_LOG_LEVEL");
        builder.environment().remove("FRL_LOG_FORMAT");
        if (format != null) {
            builder.environment().put("FRL_LOG_FORMAT", format);
        }
        var process = builder.redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }
}
