package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.ExperimentStatuses;
import dev.frl.cli.run.ExperimentSummary;
import dev.frl.cli.run.RejectedSpecs;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.StatusTable;
import dev.frl.cli.run.WaitingRuns;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.message.SpecRejected;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        header = "List runs, with phase, epoch and worst class, experiments, and rejected specs.",
        description =
                "Experiments are listed with their runs by state: waiting (not handed out yet), running, resting (paused, or"
                        + " until the search lets them go on), finished, failed, stopped; as JSON they come from `frl sweep status`."
                        + " A rejected spec is listed for 35 days, or until a corrected one of the same experiment is accepted;"
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
        Logging.quiet();
        return broker.read(global, this::list);
    }

    private int list(Cluster cluster) {
        CliContext context = global.context();
        var statuses = RunStatuses.of(context, cluster);
        var specs = RejectedSpecs.of(context, cluster, statuses);
        var runs = statuses.all();
        var rejected = specs.all();
        if (experiment != null) {
            var one = specs.withoutRuns(experiment);
            runs = one.isPresent() ? List.of() : RunFinder.named(statuses, experiment);
            rejected = (one.isPresent() ? one : specs.of(runs)).stream().toList();
        }
        if (output.json()) {
            StatusTable.printJson(context, runs, rejected);
        } else {
            var all = ExperimentStatuses.of(context, cluster);
            print(runs, experiment == null ? all.all() : of(runs, all), rejected);
        }
        WaitingRuns.tellWithoutTrainer(context, cluster, runs);
        return ExitCode.OK;
    }

    /** The experiment that a name stands for. Warm starts come first, and may be of another one. */
    private static List<ExperimentStatus> of(List<RunStatus> runs, ExperimentStatuses all) {
        return runs.isEmpty()
                ? List.of()
                : all.of(runs.get(runs.size() - 1).experimentId()).stream().toList();
    }

    private void print(List<RunStatus> runs, List<ExperimentStatus> experiments, List<SpecRejected> rejected) {
        CliContext context = global.context();
        if (!runs.isEmpty()) {
            StatusTable.print(context, runs, false);
        } else if (rejected.isEmpty() && experiments.isEmpty()) {
            context.err().println("There are no runs yet.");
        }
        if (!experiments.isEmpty()) {
            if (!runs.isEmpty()) {
                context.out().println();
            }
            ExperimentSummary.table(experiments, context.clock().instant()).print(context, false);
        }
        if (!rejected.isEmpty()) {
            if (!runs.isEmpty() || !experiments.isEmpty()) {
                context.out().println();
            }
            RejectedSpecs.table(rejected, context.clock().instant()).print(context, false);
        }
    }
}
