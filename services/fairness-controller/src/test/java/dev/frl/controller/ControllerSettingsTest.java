package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.service.AnyEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ControllerSettingsTest {
    @TempDir
    Path folder;

    @Test
    void whatever_the_variables_hold_the_controller_can_start_or_says_in_one_line_what_is_wrong() throws IOException {
        // Given
        var environment =
                new AnyEnvironment("controller", ControllerMain::settings, folder, Map.of("FRL_ENDED_RUN_DAYS", "90"));

        // When, Then
        Fuzz.run("environment of the controller", 40, 256 << 20, environment::once);
        assertThat(environment.exitCodes()).containsExactlyInAnyOrder(1, 2);
    }
}
