package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.option.RunOptions;
import dev.frl.cli.run.DisparitySpec;
import dev.frl.cli.run.SpecRun;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
        name = "disparity",
        header = "Compare natural with adversarial training, class by class.",
        description =
                "The preliminary study of Xu et al. (2021): the same net is trained on clean and on attacked images, with all"
                        + " classes treated alike, and tested with and without PGD-20. Shows the standard error and the robust"
                        + " error of every class, and the spread over the classes. After an interruption, the same command"
                        + " resumes. To change settings that have no option here, edit the spec of --print-spec.",
        exitCodeList = {
            "0:all nets are trained and tested",
            "1:a run failed; the reason is on stderr",
            "2:an option is wrong; nothing was started",
            "75:another process uses this home",
            "130:interrupted; the same command resumes"
        })
public final class DisparityCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Mixin
    DisparitySpec study = new DisparitySpec();

    @Option(names = "--print-spec", description = "Print the spec for `frl run` instead of running it.")
    boolean printSpec;

    @Mixin
    RunOptions options = new RunOptions();

    public DisparityCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws Exception {
        if (!printSpec) {
            return new SpecRun(global, options).run(study::read);
        }
        CliContext context = global.context();
        var spec = study.read(SiteChecks.NONE);
        if (spec.plan().isEmpty()) {
            spec.report("nothing was run").forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        context.out().print(study.text());
        return ExitCode.OK;
    }
}
