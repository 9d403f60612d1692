package dev.frl.cli.option;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Home;
import dev.frl.standalone.EmbeddedSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Settings of broker and services in this process. */
public final class EmbeddedOptions {
    @Mixin
    DataOption data = new DataOption();

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads for training and attacks. Default: $FRL_THREADS, else all processors")
    @Nullable
    Integer threads;

    @Option(
            names = "--port",
            paramLabel = "PORT",
            description = "Port of the broker on 127.0.0.1. Default: any free port")
    int port;

    // scripts/frl reads this option too, since the class path depends on it.
    @Option(
            names = "--engine",
            paramLabel = "NAME",
            description = "Engine for training and attacks: dl4j or torch. Default: $FRL_ENGINE, else the one"
                    + " that is built")
    @Nullable
    String engine;

    @Mixin
    MlflowOption mlflow = new MlflowOption();

    public EmbeddedSettings settings(CliContext context, Home home) {
        if (port < 0 || port > 65_535) {
            throw CliException.usage(String.format(Locale.ROOT, "--port is %d; it must be from 0 to 65535", port));
        }
        return new EmbeddedSettings(
                home.path(),
                data.folder(context),
                port,
                threads(context),
                engineName(context),
                mlflow.settings(context, home),
                context.env(),
                false);
    }

    private int threads(CliContext context) {
        if (threads != null) {
            if (threads < 1 || threads > 9999) {
                throw CliException.usage(
                        String.format(Locale.ROOT, "--threads is %d; it must be from 1 to 9999", threads));
            }
            return threads;
        }
        String env = context.env().getOrDefault("FRL_THREADS", "");
        if (env.isBlank()) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!env.matches("[1-9][0-9]{0,3}")) {
            throw CliException.usage(
                    String.format(Locale.ROOT, "FRL_THREADS is %s; it must be a number from 1 to 9999", env));
        }
        return Integer.parseInt(env);
    }

    private @Nullable String engineName(CliContext context) {
        String env = context.env().getOrDefault("FRL_ENGINE", "");
        return engine != null ? engine : env.isBlank() ? null : env;
    }

    /** @throws CliException if the home is a file or not writable */
    public static void requireWritable(CliContext context, Home home) {
        Path path = home.path();
        if (Files.exists(path) && (!Files.isDirectory(path) || !Files.isWritable(path))) {
            throw CliException.usage(String.format(
                    Locale.ROOT, "%s is not a writable folder; choose another with --home", context.shown(path)));
        }
    }
}
