package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.RejectedSpecs;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.StatusTable;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        header = "List runs, with phase, epoch and worst class, and rejected specs.",
        description =
                "A rejected spec is listed for 35 days, or until a corrected one of the same experiment is accepted;"
                        + " `frl status NAME` shows all its problems. In JSON it follows the runs in the same array, with the same"
                        + " keys: its phase is rejected, its run is null, and its problems are a list of line, path and message.",
        exitCodeList = {"0:done", "1:there is no such experiment, or no run can be read", "75:no broker answers"})
public final class ListCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "EXPERIMENT", arity = "0..1", description = "Only this experiment.")
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
        var read = broker.read(global, cluster -> {
            var statuses = RunStatuses.of(context, cluster);
            return new Read(statuses, RejectedSpecs.of(context, cluster, statuses));
        });
        var runs = read.statuses.all();
        var rejected = read.rejected.all();
        if (experiment != null) {
            var one = read.rejected.withoutRuns(experiment);
            runs = one.isPresent() ? List.of() : RunFinder.named(read.statuses, experiment);
            rejected = (one.isPresent() ? one : read.rejected.of(runs)).stream().toList();
        }
        if (output.json()) {
            StatusTable.printJson(context, runs, rejected);
            return ExitCode.OK;
        }
        if (!runs.isEmpty()) {
            StatusTable.print(context, runs, false);
        } else if (rejected.isEmpty()) {
            context.err().println("There are no runs yet.");
        }
        if (!rejected.isEmpty()) {
            if (!runs.isEmpty()) {
                context.out().println();
            }
            RejectedSpecs.table(rejected, context.clock().instant()).print(context, false);
        }
        return ExitCode.OK;
    }

    private record Read(RunStatuses statuses, RejectedSpecs rejected) {}
}
