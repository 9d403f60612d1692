package dev.frl.cli.order;

import dev.frl.cli.context.GlobalOptions;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "resume",
        header = "Let paused runs go on.",
        description =
                "A run gets the next free trainer and goes on from its last checkpoint, with the same numbers as without the pause.",
        exitCodeList = {
            "0:done; also if nothing was left to do",
            "1:refused, and stderr says why; or there is no such run or experiment",
            "2:wrong usage",
            "75:no broker or no controller answers",
            "130:interrupted while waiting; the order stands"
        })
public final class ResumeCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a name means its newest experiment.")
    String name = "";

    @Mixin
    OrderOptions options = new OrderOptions();

    public ResumeCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Orders(global, options).send(Verb.RESUME, name, Which.FAILED, new WaitOption());
    }
}
