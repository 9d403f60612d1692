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
 * @param alone whether no other process takes work from this broker
 */
public record EmbeddedSettings(
        Path home,
        @Nullable Path data,
        int port,
        int threads,
        @Nullable String engine,
        @Nullable MlflowSettings mlflow,
        Map<String, String> environment,
        boolean alone) {
    /** The same without traces, where others may take work too. */
    public EmbeddedSettings(
            Path home,
            @Nullable Path data,
            int port,
            int threads,
            @Nullable String engine,
            @Nullable MlflowSettings mlflow) {
        this(home, data, port, threads, engine, mlflow, Map.of(), false);
    }

    /** The same where no other process takes work: a run that needs more memory than this one has fails instead of waiting for another. */
    public EmbeddedSettings withoutOthers() {
        return new EmbeddedSettings(home, data, port, threads, engine, mlflow, environment, true);
    }
}
