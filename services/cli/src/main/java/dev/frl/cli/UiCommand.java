package dev.frl.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "ui",
        header = "Start the MLflow server of this home if need be, and print its address.",
        description = "The first start sets MLflow up under .frl of the checkout (some 850 MB). The server goes on when"
                + " this command has ended.",
        exitCodeList = {"0:it runs, or with --stop it has ended", "1:it cannot be started; what to do is on stderr"})
final class UiCommand implements Callable<Integer> {
    private final Frl frl;

    @Option(names = "--stop", description = "End the server.")
    boolean stop;

    UiCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() throws InterruptedException {
        World world = frl.world();
        if (stop) {
            LocalMlflow.server(world, frl.home(), "stop");
            return ExitCode.OK;
        }
        String named = world.env().getOrDefault("MLFLOW_TRACKING_URI", "");
        if (!named.isBlank()) {
            world.err().println("MLFLOW_TRACKING_URI names this server; none is started here.");
        }
        world.out().println(named.isBlank() ? LocalMlflow.server(world, frl.home(), "start") : named);
        return ExitCode.OK;
    }
}
