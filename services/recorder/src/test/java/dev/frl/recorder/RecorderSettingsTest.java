package dev.frl.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.service.AnyEnvironment;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecorderSettingsTest {
    @TempDir
    Path folder;

    @Test
    void whatever_the_variables_hold_the_recorder_can_start_or_says_in_one_line_what_is_wrong() throws IOException {
        // Given
        var environment = new AnyEnvironment(
                "recorder",
                RecorderMain::settings,
                folder,
                Map.of(
                        "MLFLOW_TRACKING_URI", "https://mlflow.example.org:5000/prefix",
                        "MLFLOW_EXPERIMENT_NAME", "vision",
                        "MLFLOW_TRACKING_USERNAME", "me",
                        "MLFLOW_TRACKING_PASSWORD", AnyEnvironment.SECRET,
                        "MLFLOW_TRACKING_TOKEN", AnyEnvironment.SECRET,
                        "MLFLOW_TRACKING_SERVER_CERT_PATH", AnyEnvironment.FOLDER + "/secret",
                        "MLFLOW_TRACKING_INSECURE_TLS", "true",
                        "MLFLOW_HTTP_REQUEST_TIMEOUT", "30",
                        "FRL_GIT_COMMIT", "0af7651916cd43dd8448eb211c80319c",
                        "FRL_IMAGE", "registry.example.org/frl:1"));

        // When, Then
        Fuzz.run("environment of the recorder", 40, 256 << 20, environment::once);
        assertThat(environment.exitCodes()).containsExactlyInAnyOrder(1, 2);
    }
}
