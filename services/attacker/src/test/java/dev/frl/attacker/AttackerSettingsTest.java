package dev.frl.attacker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.service.AnyEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AttackerSettingsTest {
    @TempDir
    Path folder;

    @Test
    void whatever_the_variables_hold_the_attacker_can_start_or_says_in_one_line_what_is_wrong() throws IOException {
        // Given
        var environment = new AnyEnvironment(
                "attacker",
                AttackerMain::settings,
                folder,
                Map.of(
                        "FRL_DATA",
                        AnyEnvironment.FOLDER + "/data",
                        "FRL_CHECKPOINTS",
                        AnyEnvironment.FOLDER + "/checkpoints",
                        "FRL_ENGINE",
                        "reference",
                        "FRL_THREADS",
                        "2"));

        // When, Then
        Fuzz.run("environment of the attacker", 40, 256 << 20, environment::once);
        assertThat(environment.exitCodes()).containsExactlyInAnyOrder(1, 2);
    }
}
