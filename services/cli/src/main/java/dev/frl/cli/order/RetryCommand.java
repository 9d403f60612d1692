package dev.frl.cli.order;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "retry",
        header = "Continue runs that failed or were stopped, from their last checkpoint.",
        description =
                "Runs that finished are not touched, and a run that goes on is not either. What successive halving has ended is"
                        + " left out, unless the run itself is named. To watch: frl status NAME -w",
        exitCodeList = {
            "0:done; also if nothing was left to do",
            "1:refused, and stderr says why; or there is no such run or experiment",
            "2:wrong usage",
            "75:no broker or no controller answers",
            "130:interrupted while waiting; the order stands"
        })
public final class RetryCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a name means its newest experiment.")
    String name = "";

    @Option(names = "--failed", description = "Continue the failed runs of an experiment. This is the default.")
    boolean failed;

    @Option(
            names = "--stopped",
            description = "Continue instead those that were stopped, and begin those that had not begun.")
    boolean stopped;

    @Mixin
    OrderOptions options = new OrderOptions();

    public RetryCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (failed && stopped) {
            throw CliException.usage(
                    "--failed and --stopped are both given; choose one, and give the other order next");
        }
        return new Orders(global, options)
                .send(Verb.RETRY, name, stopped ? Which.STOPPED : Which.FAILED, new WaitOption());
    }
}
