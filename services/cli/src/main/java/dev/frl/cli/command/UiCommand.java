package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.LocalMlflow;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "ui",
        header = "Start the MLflow server of this home, and print its address.",
        description =
                "A server that runs already is kept. The first start installs MLflow under .frl of the checkout (about"
                        + " 850 MB). The server keeps running when this command has ended.",
        exitCodeList = {"0:the server runs, or --stop has stopped it", "1:it cannot be started; the reason is on stderr"
        })
public final class UiCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Option(names = "--stop", description = "Stop the server.")
    boolean stop;

    public UiCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        CliContext context = global.context();
        if (stop) {
            LocalMlflow.server(context, global.home(), "stop");
            return ExitCode.OK;
        }
        String named = context.env().getOrDefault("MLFLOW_TRACKING_URI", "");
        if (!named.isBlank()) {
            context.err().println("MLFLOW_TRACKING_URI names this server, so none is started.");
        }
        context.out().println(named.isBlank() ? LocalMlflow.server(context, global.home(), "start") : named);
        return ExitCode.OK;
    }
}
