package dev.frl.cli.order;

import dev.frl.cli.context.GlobalOptions;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "stop",
        header = "End runs after the epoch in progress.",
        description =
                "A run ends when its epoch in progress is evaluated; a test in progress is finished first. Runs of the experiment"
                        + " that have not begun will not begin. `frl retry NAME --stopped` continues them.",
        exitCodeList = {
            "0:done; also if nothing was left to do",
            "1:refused, and stderr says why; or there is no such run or experiment",
            "2:wrong usage",
            "75:no broker or no controller answers",
            "130:interrupted while waiting; the order stands"
        })
public final class StopCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a name means its newest experiment.")
    String name = "";

    @Mixin
    WaitOption wait = new WaitOption();

    @Mixin
    OrderOptions options = new OrderOptions();

    public StopCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        return new Orders(global, options).send(Verb.STOP, name, Which.FAILED, wait);
    }
}
