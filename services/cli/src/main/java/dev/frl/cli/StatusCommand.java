package dev.frl.cli;

import dev.frl.core.run.RunHistory;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        header = "Show where a run or an experiment stands and what it waits for.",
        exitCodeList = {
            "0:done; with -w: all runs finished",
            "1:there is no such run, or a run failed",
            "75:no broker answers",
            "130:interrupted while watching; the runs go on"
        })
final class StatusCommand implements Callable<Integer> {
    private static final int LOOKS = 10;
    private static final int PAUSE_MILLIS = 500;

    private final Frl frl;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; its beginning is enough.")
    String name = "";

    @Option(
            names = {"-w", "--watch"},
            description = "Show how it goes on, until all runs have ended.")
    boolean watch;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    StatusCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.quiet();
        if (watch) {
            return watch(broker.running(frl));
        }
        return broker.ask(frl, cluster -> {
            var runs = Runs.named(RunBook.of(cluster), name);
            print(runs);
            return code(runs);
        });
    }

    private int watch(Cluster cluster) throws InterruptedException {
        World world = frl.world();
        var book = appearing(cluster);
        var plans = Runs.named(book, name).stream().map(RunHistory::plan).toList();
        var watching = new RunWatch(world, name, plans, book);
        if (!watching.toTheEnd(cluster)) {
            world.err().println("The runs go on.");
            return ExitCode.INTERRUPTED;
        }
        var runs = Runs.named(book, name);
        print(runs);
        return code(runs);
    }

    /** A spec that was published a moment ago becomes runs in the next one. */
    private RunBook appearing(Cluster cluster) throws InterruptedException {
        for (int look = 1; ; look++) {
            var book = RunBook.of(cluster);
            try {
                Runs.named(book, name);
                return book;
            } catch (CliException e) {
                if (look == LOOKS || frl.world().stop().requested()) {
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private void print(List<RunHistory> runs) {
        World world = frl.world();
        if (output.json()) {
            world.out().println(Json.pretty(runs.stream().map(StatusTable::json).toList()));
        } else if (runs.size() == 1) {
            StatusTable.print(world, runs.get(0));
        } else {
            StatusTable.of(runs, world.clock().instant()).print(world, false);
        }
    }

    private int code(List<RunHistory> runs) {
        boolean failed = runs.stream()
                .anyMatch(r -> r.end()
                        .filter(e -> e instanceof dev.frl.core.run.RunEvent.Failed)
                        .isPresent());
        return failed ? ExitCode.FAILED : ExitCode.OK;
    }
}
