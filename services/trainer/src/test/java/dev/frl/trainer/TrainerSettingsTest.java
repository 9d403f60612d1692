package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.service.AnyEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerSettingsTest {
    private static final String PRIVATE_KEY = "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC";
    private static final String PUBLIC_KEY = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=";

    @TempDir
    Path folder;

    @Test
    void whatever_the_variables_hold_the_trainer_can_start_or_says_in_one_line_what_is_wrong() throws IOException {
        // Given: the S3 server of this module's tests brings a format of meters that needs what is not here
        var environment = new AnyEnvironment(
                        "trainer",
                        TrainerMain::settings,
                        folder,
                        Map.of(
                                "FRL_DATA",
                                AnyEnvironment.FOLDER + "/data",
                                "FRL_CHECKPOINTS",
                                AnyEnvironment.FOLDER + "/checkpoints",
                                "FRL_CHECKPOINT_ROOTS",
                                AnyEnvironment.FOLDER + "/more:" + AnyEnvironment.FOLDER + "/other",
                                "FRL_CHECKPOINT_SIGNING_KEY",
                                PRIVATE_KEY,
                                "FRL_CHECKPOINT_TRUSTED_KEYS",
                                PUBLIC_KEY,
                                "FRL_ENGINE",
                                "reference",
                                "FRL_THREADS",
                                "2"))
                .without("FRL_HEALTH_PORT");

        // When, Then
        Fuzz.run("environment of the trainer", 40, 256 << 20, environment::once);
        assertThat(environment.exitCodes()).containsExactlyInAnyOrder(1, 2);
    }
}
