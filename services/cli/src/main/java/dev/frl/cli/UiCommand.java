package dev.frl.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "ui",
        header = "Start the MLflow server of this home, and print its address.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {" 0:it runs", " 1:it cannot be started; what to do is on stderr"})
final class UiCommand implements Callable<Integer> {
    private final Frl frl;

    UiCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() {
        World world = frl.world();
        var running = LocalMlflow.running(frl.home());
        if (running.isEmpty()) {
            throw CliException.failed("there is no MLflow server; scripts/quickstart sets one up");
        }
        world.out().println(running.get());
        return ExitCode.OK;
    }
}
