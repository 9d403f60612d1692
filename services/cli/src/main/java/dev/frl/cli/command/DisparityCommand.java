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
                "The preliminary study of Xu et al. (2021): the same net is trained on clean and on attacked images, all classes"
                        + " alike, and tested with and without PGD-20. Shows the standard and the robust error of every class, and"
                        + " how far the classes lie apart. Runs as `frl run` does: it may be interrupted, and the same command goes"
                        + " on where it was. Everything that has no option here can be set in the spec: see --print-spec.",
        exitCodeList = {
            "0:all nets are trained and tested",
            "1:a run failed; the reason is on stderr",
            "2:an option is wrong; nothing was started",
            "75:another process uses this home",
            "130:interrupted; the same command goes on"
        })
public final class DisparityCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Mixin
    DisparitySpec study = new DisparitySpec();

    @Option(names = "--print-spec", description = "Print the spec for `frl run`, and run nothing.")
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
            spec.report().forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        context.out().print(study.text());
        return ExitCode.OK;
    }
}
