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
        header = "Run an experiment in this process until it ends.",
        description =
                "Starts a Kafka broker and all services in this process, publishes the spec, shows the progress of its"
                        + " runs, and prints the errors of every class. It may be interrupted at any time: the same command"
                        + " resumes. Runs that have ended are not repeated; their results are shown.",
        exitCodeList = {
            "0:all runs ended, and none failed",
            "1:a run failed; the reason is on stderr",
            "2:wrong usage, or the spec has problems; nothing was started",
            "75:the runs ended, but not all is recorded yet (frl record), or another process uses this home",
            "130:interrupted; the same command resumes"
        })
public final class RunCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(
            paramLabel = "FILE",
            description = "Experiment spec, YAML or JSON; - is standard input. docs/settings.md lists every key.")
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
