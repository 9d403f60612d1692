package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.option.RunOptions;
import dev.frl.cli.run.SpecFile;
import dev.frl.cli.run.SpecRun;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "run",
        header = "Run one experiment to its end in this process.",
        description =
                "Starts a Kafka broker and all services in this process, publishes the spec, shows how its runs go on,"
                        + " and ends with their errors class by class. May be interrupted at any time: the same command goes on"
                        + " where it was. Results of runs that have ended are shown without running them again.",
        exitCodeList = {
            "0:all runs finished",
            "1:a run failed; the reason is on stderr",
            "2:wrong usage, or the spec has problems; nothing was started",
            "75:another process uses this home",
            "130:interrupted; the same command goes on"
        })
public final class RunCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "FILE", description = "Experiment spec, YAML or JSON; docs/settings.md lists every key.")
    Path file = Path.of("");

    @Mixin
    RunOptions options = new RunOptions();

    public RunCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws Exception {
        CliContext context = global.context();
        return new SpecRun(global, options).run(site -> SpecFile.read(context, file, site));
    }
}
