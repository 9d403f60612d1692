package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.LocalMlflow;
import dev.frl.tracking.MlflowSettings;
import java.util.HashMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The MLflow server that services in this process record to. */
public final class MlflowOption {
    @Option(
            names = "--mlflow",
            paramLabel = "URL",
            description = "MLflow server that records the runs, besides files; none for files only."
                    + " Default: $MLFLOW_TRACKING_URI, else the server of this home if it is running")
    @Nullable
    String mlflow;

    /** @return null for files only */
    public @Nullable MlflowSettings settings(CliContext context, Home home) {
        if ("none".equals(mlflow)) {
            return null;
        }
        var env = new HashMap<>(context.env());
        if (mlflow != null) {
            env.put("MLFLOW_TRACKING_URI", mlflow);
        } else if (env.getOrDefault("MLFLOW_TRACKING_URI", "").isBlank()) {
            LocalMlflow.running(home).ifPresent(url -> env.put("MLFLOW_TRACKING_URI", url));
        }
        try {
            return MlflowSettings.fromEnvironment(env);
        } catch (IllegalArgumentException e) {
            throw CliException.usage(String.valueOf(e.getMessage()));
        }
    }
}
