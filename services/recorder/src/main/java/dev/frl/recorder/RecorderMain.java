package dev.frl.recorder;

import dev.frl.service.ServiceProcess;
import dev.frl.service.Telemetry;
import dev.frl.service.WritableFolder;
import dev.frl.tracking.FilesRecorder;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import java.nio.file.Path;
import java.util.Map;

/** Runs the recorder as its own process. It records to MLflow if {@code MLFLOW_TRACKING_URI} names a server, else to files. */
public final class RecorderMain {
    private RecorderMain() {}

    public static void main(String[] args) {
        ServiceProcess.main("recorder", RecorderMain::settings);
    }

    static ServiceProcess.Starter settings(Map<String, String> environment, Telemetry telemetry) {
        var mlflow = MlflowSettings.fromEnvironment(environment);
        if (mlflow != null) {
            return (kafka, topics) ->
                    RecorderService.start(kafka, topics, "mlflow", new MlflowRecorder(mlflow), telemetry.meters());
        }
        var runs = Path.of(environment.getOrDefault("FRL_HOME", ".frl"), "runs").toAbsolutePath();
        WritableFolder.require("FRL_HOME", runs);
        return (kafka, topics) ->
                RecorderService.start(kafka, topics, "files", new FilesRecorder(runs), telemetry.meters());
    }
}
