package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.Results;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunHistories;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.Sweeps;
import dev.frl.report.statistics.SweepHistory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        header = "Show the errors of every class, and write the HTML report.",
        exitCodeList = {"0:done", "1:there is no such run or experiment", "75:no broker answers"})
public final class ReportCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a prefix is enough.")
    String name = "";

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "File for the HTML report. Default: HOME/runs/EXPERIMENT/report.html")
    @Nullable
    Path file;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    public ReportCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        Logging.quiet();
        var sweeps = new ArrayList<SweepHistory>();
        var histories = broker.read(global, cluster -> {
            var read = RunHistories.of(context, cluster, RunFinder.named(RunStatuses.of(context, cluster), name));
            sweeps.addAll(Sweeps.of(context, cluster, read.all()));
            return read;
        });
        var runs = histories.all();
        if (runs.isEmpty()) {
            throw CliException.failed(String.format(Locale.ROOT, "nothing of %s can be read from frl.run-log", name));
        }
        var plan = runs.get(runs.size() - 1).plan();
        // The report on one run does not replace the report on its experiment.
        String folder = plan.runId().equals(name) ? plan.runId() : plan.experimentId();
        Path target = file == null ? global.home().report(folder) : context.resolve(file);
        var results = new Results(context, global.home(), null);
        results.write(target, runs, sweeps);
        results.table(histories, runs, output.json());
        context.err().printf(Locale.ROOT, "Report  %s%n", context.shown(target));
        return ExitCode.OK;
    }
}
