package dev.frl.standalone;

import dev.frl.tracking.MlflowSettings;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Settings of broker and services in one process.
 *
 * @param home folder for the broker's data, checkpoints and records
 * @param data folder of data sets; null to search the usual places
 * @param port of the broker; 0 for any free port
 * @param threads number of processor threads for the engine; trainer and attacker take turns
 * @param engine name of the engine; null for the one on the class path
 * @param mlflow tracking server; null to record to files only
 * @param environment variables of OpenTelemetry
 */
public record EmbeddedSettings(
        Path home,
        @Nullable Path data,
        int port,
        int threads,
        @Nullable String engine,
        @Nullable MlflowSettings mlflow,
        Map<String, String> environment) {
    /** The same without traces. */
    public EmbeddedSettings(
            Path home,
            @Nullable Path data,
            int port,
            int threads,
            @Nullable String engine,
            @Nullable MlflowSettings mlflow) {
        this(home, data, port, threads, engine, mlflow, Map.of());
    }
}
