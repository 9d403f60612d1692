package dev.frl.controller;

import dev.frl.messaging.KafkaSettings;
import dev.frl.messaging.Topics;
import dev.frl.spec.CanonicalSpec;
import dev.frl.tracking.FilesRecorder;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import dev.frl.tracking.RunRecorder;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletionException;

/**
 * The recorder as a process of its own: to MLflow if {@code MLFLOW_TRACKING_URI} names a server, else to files. Settings come
 * from environment variables, see docs/services.md.
 */
public final class RecorderMain {
    private RecorderMain() {}

    public static void main(String[] args) {
        System.exit(run(System.getenv()));
    }

    private static int run(Map<String, String> env) {
        try {
            var mlflow = MlflowSettings.fromEnvironment(env);
            RunRecorder recorder = mlflow == null
                    ? new FilesRecorder(Path.of(env.getOrDefault("FRL_HOME", ".frl"), "runs")
                            .toAbsolutePath())
                    : new MlflowRecorder(mlflow);
            var service = new RecorderService(
                    KafkaSettings.from(Map.of(), env),
                    new Topics(CanonicalSpec::read),
                    mlflow == null ? "files" : "mlflow",
                    recorder);
            Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
            service.ended().join();
            return 0;
        } catch (IllegalArgumentException e) {
            System.err.println("frl recorder: " + e.getMessage());
            return 2;
        } catch (CompletionException e) {
            System.err.println("frl recorder: " + (e.getCause() == null ? e : e.getCause()).getMessage());
            return 1;
        }
    }
}
