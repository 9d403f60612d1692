package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.StatusTable;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        header = "List runs, with phase, epoch and worst class.",
        exitCodeList = {"0:done", "1:there is no such experiment, or no run can be read", "75:no broker answers"})
public final class ListCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "EXPERIMENT", arity = "0..1", description = "Only the runs of this experiment.")
    @Nullable
    String experiment;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    public ListCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        Logging.quiet();
        var statuses = broker.read(global, cluster -> RunStatuses.of(context, cluster));
        var runs = experiment == null ? statuses.all() : RunFinder.named(statuses, experiment);
        if (runs.isEmpty() && !output.json()) {
            context.err().println("There are no runs yet.");
        } else {
            StatusTable.print(context, runs, output.json());
        }
        return ExitCode.OK;
    }
}
