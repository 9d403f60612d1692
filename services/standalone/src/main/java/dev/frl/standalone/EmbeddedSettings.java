package dev.frl.standalone;

import dev.frl.tracking.MlflowSettings;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How to run everything in one process.
 *
 * @param home where broker, checkpoints and records are kept
 * @param data folder of data sets; null to look in the usual places
 * @param port of the broker; 0 for any that is free
 * @param threads processor threads that trainer and attacker may use, each in its turn
 * @param engine name; null for the one on the class path
 * @param mlflow tracking server; null to record to files only
 */
public record EmbeddedSettings(
        Path home,
        @Nullable Path data,
        int port,
        int threads,
        @Nullable String engine,
        @Nullable MlflowSettings mlflow) {}
