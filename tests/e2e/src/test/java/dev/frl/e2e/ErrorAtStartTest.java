package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is no exception while a process starts: the engine's libraries find no memory. */
@Timeout(300)
class ErrorAtStartTest {
    /** Less than any Java process has. */
    private static final Map<String, String> NO_MEMORY =
            Map.of("JAVA_TOOL_OPTIONS", "-Dorg.bytedeco.javacpp.maxphysicalbytes=1m");

    @TempDir
    Path home;

    @Test
    void a_process_ends_with_one_line_and_leaves_its_home_to_the_next() throws Exception {
        try (var processes = new Processes(home)) {
            // When
            var up = processes.start(
                    "up", "dev.frl.cli.FrlMain", NO_MEMORY, "up", "--home", home.toString(), "--mlflow", "none");
            var trainer = processes.start(
                    "trainer",
                    "dev.frl.trainer.TrainerMain",
                    Map.of(
                            "JAVA_TOOL_OPTIONS", NO_MEMORY.get("JAVA_TOOL_OPTIONS"),
                            "FRL_HOME", home.resolve("trainer").toString(),
                            "KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1"));

            // Then
            for (var process : Map.of("up", up, "trainer", trainer).entrySet()) {
                assertThat(process.getValue().waitFor(200, TimeUnit.SECONDS))
                        .as(process.getKey())
                        .isTrue();
                var log = Files.readString(home.resolve(process.getKey() + ".log"));
                assertThat(process.getValue().exitValue())
                        .as("a limit that is set too low is a wrong setting: " + log)
                        .isEqualTo(process.getKey().equals("up") ? 1 : 2);
                assertThat(log.lines()).last().asString().contains("memory");
                assertThat(log).doesNotContain("\tat ");
            }
            assertThat(home.resolve("broker.json")).doesNotExist();
        }
    }
}
