package dev.frl.recorder;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.spec.CanonicalSpec;
import dev.frl.tracking.FilesRecorder;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import java.nio.file.Path;

/** The recorder as a process of its own: to MLflow if {@code MLFLOW_TRACKING_URI} names a server, else to files. */
public final class RecorderMain {
    private RecorderMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("recorder", (environment, kafka) -> {
            var topics = new Topics(CanonicalSpec::read);
            var mlflow = MlflowSettings.fromEnvironment(environment);
            if (mlflow != null) {
                return new RecorderService(kafka, topics, "mlflow", new MlflowRecorder(mlflow));
            }
            var runs = Path.of(environment.getOrDefault("FRL_HOME", ".frl"), "runs")
                    .toAbsolutePath();
            return new RecorderService(kafka, topics, "files", new FilesRecorder(runs));
        });
    }
}
