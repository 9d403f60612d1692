package dev.frl.cli.local;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Home;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** The MLflow server of a home. scripts/mlflow-server starts it, and writes its process id and address to a file. */
public final class LocalMlflow {
    private LocalMlflow() {}

    /** Address of the running server; empty if none is running. */
    public static Optional<String> running(Home home) {
        try {
            var lines = Files.readAllLines(home.mlflow().resolve("server"), StandardCharsets.UTF_8);
            boolean alive = lines.size() == 2
                    && lines.get(0).matches("[0-9]{1,10}")
                    && ProcessHandle.of(Long.parseLong(lines.get(0)))
                            .map(ProcessHandle::isAlive)
                            .orElse(false);
            return alive ? Optional.of(lines.get(1)) : Optional.empty();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /** Whether MLflow is installed for this checkout. */
    public static boolean isInstalled(CliContext context) {
        var named = Optional.ofNullable(context.env().get("FRL_MLFLOW_VENV")).map(Path::of);
        return named.or(() -> checkout(context).map(root -> root.resolve(".frl").resolve("mlflow-venv")))
                .filter(venv -> Files.exists(venv.resolve(".pins")))
                .isPresent();
    }

    /** The checkout that this program was started from; scripts/frl sets it. */
    private static Optional<Path> checkout(CliContext context) {
        return Optional.ofNullable(context.env().get("FRL_ROOT")).map(Path::of);
    }

    /**
     * Runs scripts/mlflow-server, which prints its progress to stderr.
     *
     * @return its standard output
     * @throws CliException if the script does not exist or fails
     */
    public static String server(CliContext context, Home home, String command) throws InterruptedException {
        Path script = checkout(context)
                .map(root -> root.resolve("scripts").resolve("mlflow-server"))
                .filter(Files::isExecutable)
                .orElseThrow(
                        () -> CliException.failed("scripts/mlflow-server is missing; start frl with scripts/frl of its"
                                + " checkout, or start a server yourself: pip install mlflow && mlflow server"));
        try {
            var builder = new ProcessBuilder(script.toString(), command)
                    .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                    .redirectError(ProcessBuilder.Redirect.INHERIT);
            builder.environment().put("FRL_HOME", home.path().toString());
            var process = builder.start();
            String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            if (process.waitFor() != 0) {
                throw CliException.failed(String.format(
                        Locale.ROOT, "scripts/mlflow-server could not %s the server; the reason is above", command));
            }
            return printed;
        } catch (IOException e) {
            throw CliException.failed(
                    String.format(Locale.ROOT, "%s cannot be started: %s", script, e.getMessage()), e);
        }
    }
}
