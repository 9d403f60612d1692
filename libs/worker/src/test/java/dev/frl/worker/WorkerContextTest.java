package dev.frl.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.service.Telemetry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerContextTest {
    @TempDir
    Path home;

    @Test
    void data_that_is_a_file_is_told_before_the_first_run_needs_it() throws Exception {
        // Given
        var file = Files.writeString(home.resolve("data"), "").toString();

        // When, Then
        assertThatThrownBy(() -> WorkerContext.fromEnvironment(
                        Map.of("FRL_HOME", home.toString(), "FRL_DATA", file), Telemetry.none()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("FRL_DATA is " + file + "; it must be a folder that this user may read");
    }
}
