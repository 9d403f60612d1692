package dev.frl.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "report",
        header = "Show errors class by class, and write the HTML report.",
        exitCodeList = {"0:done", "1:there is no such run or experiment", "75:no broker answers"})
final class ReportCommand implements Callable<Integer> {
    private final Frl frl;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; its beginning is enough.")
    String name = "";

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Where the HTML report goes. Default: HOME/runs/EXPERIMENT/report.html")
    @Nullable
    Path file;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    ReportCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() {
        World world = frl.world();
        Logging.quiet();
        var book = broker.ask(frl, RunBook::of);
        var runs = Runs.named(book, name);
        var plan = runs.get(runs.size() - 1).plan();
        // A report on one run lies beside the experiment's, and does not replace it.
        String folder = plan.runId().equals(name) ? plan.runId() : plan.experimentId();
        Path target = file == null ? frl.home().report(folder) : world.resolve(file);
        var results = new Results(world, frl.home(), null);
        results.write(target, runs);
        results.table(runs, output.json());
        world.err().printf("Report  %s%n", world.shown(target));
        return ExitCode.OK;
    }
}
