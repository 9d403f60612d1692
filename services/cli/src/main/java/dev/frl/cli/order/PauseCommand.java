package dev.frl.cli.order;

import dev.frl.cli.context.GlobalOptions;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "pause",
        header = "Let runs rest after the epoch in progress.",
        description =
                "A paused run leaves its trainer to others. `frl resume NAME` continues it from its last checkpoint.",
        exitCodeList = {
            "0:done; also if nothing was left to do",
            "1:refused, and stderr says why; or there is no such run or experiment",
            "2:wrong usage",
            "75:no broker or no controller answers",
            "130:interrupted while waiting; the order stands"
        })
public final class PauseCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a name means its newest experiment.")
    String name = "";

    @Mixin
    WaitOption wait = new WaitOption();

    @Mixin
    OrderOptions options = new OrderOptions();

    public PauseCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Orders(global, options).send(Verb.PAUSE, name, Which.FAILED, wait);
    }
}
