package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.tracking.MlflowSettings.Credentials;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class MlflowSettingsTest {
    private static MlflowSettings of(Map<String, String> environment) {
        return Objects.requireNonNull(MlflowSettings.fromEnvironment(environment));
    }

    @Test
    void without_a_uri_there_is_no_mlflow() {
        assertThat(MlflowSettings.fromEnvironment(Map.of())).isNull();
        assertThat(MlflowSettings.fromEnvironment(Map.of("MLFLOW_TRACKING_URI", " ")))
                .isNull();
    }

    @Test
    void the_variables_are_mlflows_own() {
        // When
        var settings = of(Map.of(
                "MLFLOW_TRACKING_URI", "https://mlflow.example/prefix/",
                "MLFLOW_EXPERIMENT_NAME", "vision",
                "MLFLOW_TRACKING_USERNAME", "ada",
                "MLFLOW_TRACKING_PASSWORD", "pw",
                "MLFLOW_HTTP_REQUEST_TIMEOUT", "7",
                "FRL_GIT_COMMIT", "abc123",
                "KUBERNETES_SERVICE_HOST", "10.0.0.1"));

        // Then
        assertThat(settings.trackingUri()).hasToString("https://mlflow.example/prefix");
        assertThat(settings.experiment()).isEqualTo("vision");
        assertThat(settings.credentials()).isEqualTo(new Credentials.UserAndPassword("ada", "pw"));
        assertThat(settings.timeout()).isEqualTo(Duration.ofSeconds(7));
        assertThat(settings.tags())
                .containsEntry("mlflow.source.git.commit", "abc123")
                .containsEntry("mlflow.source.type", "JOB");
    }

    @Test
    void a_database_or_folder_is_refused_with_the_remedy() {
        assertThatThrownBy(() -> of(Map.of("MLFLOW_TRACKING_URI", "sqlite:///mlflow.db")))
                .hasMessageContaining("MLFLOW_TRACKING_URI is sqlite:///mlflow.db")
                .hasMessageContaining("mlflow server");
    }

    @Test
    void a_password_in_the_uri_is_refused_and_not_printed() {
        assertThatThrownBy(() -> of(Map.of("MLFLOW_TRACKING_URI", "http://ada:s3cret@host:5000")))
                .hasMessageContaining("MLFLOW_TRACKING_USERNAME")
                .hasMessageNotContaining("s3cret");
    }
}
