package dev.frl.cli.trouble;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunHistories;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "why",
        header = "Show what a run waits for, since when, who holds it, and what happens next.",
        description =
                "Shows the workers that hold the work, those that pause since they lack something, the attempt, the end of the wait"
                        + " and what follows then; for a queued run its place among the others and the trainers in sight; and all failures so far. An experiment stands for those of its runs"
                        + " that have not finished.",
        exitCodeList = {"0:done", "1:there is no such run", "75:no broker answers"})
public final class WhyCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run or experiment; a prefix is enough.")
    String name = "";

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    public WhyCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        Logging.quiet();
        return broker.read(global, cluster -> {
            CliContext context = global.context();
            var statuses = RunStatuses.of(context, cluster);
            var named = RunFinder.named(statuses, name);
            var runs = named.size() == 1
                    ? named
                    : named.stream().filter(WhyCommand::isUnfinished).toList();
            if (runs.isEmpty()) {
                context.err().printf(Locale.ROOT, "All %d runs have finished.%n", named.size());
                if (output.json()) {
                    context.out().println(PrettyJson.pretty(List.of()));
                }
                return ExitCode.OK;
            }
            var histories = RunHistories.of(context, cluster, runs);
            var now = context.clock().instant();
            var reasons = runs.stream()
                    .map(run -> Why.of(run, statuses, histories.history(run.runId()), cluster.workers(), now))
                    .toList();
            if (output.json()) {
                context.out()
                        .println(PrettyJson.pretty(
                                reasons.stream().map(Why::json).toList()));
            } else {
                for (int i = 0; i < reasons.size(); i++) {
                    if (i > 0) {
                        context.out().println();
                    }
                    reasons.get(i).lines().forEach(context.out()::println);
                }
            }
            return ExitCode.OK;
        });
    }

    private static boolean isUnfinished(RunStatus run) {
        return run.phase() != Phase.FINISHED;
    }
}
