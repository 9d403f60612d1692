package dev.frl.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        header = "List runs and where they stand.",
        exitCodeList = {"0:done", "1:there is no such experiment", "75:no broker answers"})
final class ListCommand implements Callable<Integer> {
    private final Frl frl;

    @Parameters(paramLabel = "EXPERIMENT", arity = "0..1", description = "Only the runs of this one.")
    @Nullable
    String experiment;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    ListCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() {
        World world = frl.world();
        Logging.quiet();
        var book = broker.ask(frl, RunBook::of);
        var runs = experiment == null ? Runs.sorted(book) : Runs.named(book, experiment);
        if (output.json()) {
            world.out().println(Json.pretty(runs.stream().map(StatusTable::json).toList()));
        } else if (runs.isEmpty()) {
            world.err().println("There are no runs yet.");
        } else {
            StatusTable.of(runs, world.clock().instant()).print(world, false);
        }
        return ExitCode.OK;
    }
}
