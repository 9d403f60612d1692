package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.ExperimentStatuses;
import dev.frl.cli.run.ExperimentSummary;
import dev.frl.cli.run.RejectedSpecs;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunHistories;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.RunWatch;
import dev.frl.cli.run.StatusTable;
import dev.frl.cli.run.WaitingRuns;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.message.SpecRejected;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        header = "Show the phase of a run or an experiment, and what it waits for; or why a spec was rejected.",
        description =
                "A rejected spec is shown with all its problems, after the runs of the experiment if it has some. In JSON it"
                        + " follows the runs in the same array; see `frl list`.",
        exitCodeList = {
            "0:done; with -w: all runs ended, and none failed",
            "1:there is no such run, a run failed, or there is only a rejected spec",
            "75:no broker answers",
            "130:interrupted while watching; the runs continue"
        })
public final class StatusCommand implements Callable<Integer> {
    private static final int READS = 10;
    private static final int PAUSE_MILLIS = 500;

    private final GlobalOptions global;

    @Parameters(paramLabel = "NAME", description = "Run, experiment or rejected spec; a prefix is enough.")
    String name = "";

    @Option(
            names = {"-w", "--watch"},
            description = "Show progress until all runs have ended.")
    boolean watch;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    public StatusCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws InterruptedException {
        Logging.quiet();
        if (watch) {
            return watch(broker.running(global));
        }
        return broker.read(global, cluster -> {
            var statuses = RunStatuses.of(global.context(), cluster);
            var rejected = RejectedSpecs.of(global.context(), cluster, statuses);
            var alone = rejected.withoutRuns(name);
            if (alone.isPresent()) {
                return rejected(alone.get());
            }
            var experiments = ExperimentStatuses.of(global.context(), cluster);
            var runs = runs(statuses, experiments);
            if (runs.isEmpty()) {
                return ExitCode.OK;
            }
            boolean epochs = runs.size() == 1 && !output.json();
            print(
                    runs,
                    experiment(experiments, runs),
                    epochs ? RunHistories.of(global.context(), cluster, runs) : new RunHistories(),
                    rejected.of(runs));
            WaitingRuns.tellWithoutTrainer(global.context(), cluster, runs);
            return StatusTable.code(runs);
        });
    }

    /** The runs that the name stands for; empty if it stands for an experiment without runs, which is then printed. */
    private List<RunStatus> runs(RunStatuses statuses, ExperimentStatuses experiments) {
        var target = RunFinder.target(statuses, experiments, name);
        var experiment = experiments.of(target.id());
        if (experiment.isPresent()
                && RunFinder.ofExperimentAlone(statuses, target.id()).isEmpty()) {
            if (output.json()) {
                StatusTable.printJson(global.context(), List.of(), List.of());
            } else {
                ExperimentSummary.print(global.context(), experiment.get());
            }
            return List.of();
        }
        return RunFinder.named(statuses, target.id());
    }

    /** The experiment of several runs. Warm starts come first, and may be of another one. */
    private static Optional<ExperimentStatus> experiment(ExperimentStatuses experiments, List<RunStatus> runs) {
        return runs.size() == 1
                ? Optional.empty()
                : experiments.of(runs.get(runs.size() - 1).experimentId());
    }

    private int watch(Cluster cluster) throws InterruptedException {
        CliContext context = global.context();
        List<RunStatus> runs;
        try {
            runs = awaitRuns(cluster);
        } catch (CliException e) {
            // Only now: a spec that was corrected has a rejection until its runs are planned.
            var rejected = RejectedSpecs.of(context, cluster, RunStatuses.quietly(cluster))
                    .withoutRuns(name);
            return rejected(rejected.orElseThrow(() -> e));
        }
        var histories = RunHistories.of(context, cluster, runs);
        boolean oneRun = runs.size() == 1 && isRun(cluster);
        boolean allEnded = watched(cluster, histories);
        while (allEnded && !oneRun && moreWillCome(cluster, runs)) {
            Thread.sleep(PAUSE_MILLIS);
            runs = RunFinder.named(
                    RunStatuses.quietly(cluster), runs.get(runs.size() - 1).experimentId());
            histories = RunHistories.of(context, cluster, runs);
            boolean open = runs.stream().anyMatch(run -> !run.phase().isTerminal());
            allEnded = open ? watched(cluster, histories) : !context.interrupt().requested();
        }
        if (!allEnded) {
            context.err().println("Stopped watching; the runs continue.");
            return ExitCode.INTERRUPTED;
        }
        var ended = histories.statuses(runs.stream().map(RunStatus::runId).toList());
        print(
                ended,
                experiment(ExperimentStatuses.of(context, cluster), ended),
                histories,
                RejectedSpecs.of(context, cluster, RunStatuses.quietly(cluster)).of(ended));
        return StatusTable.code(ended);
    }

    /** @return whether all these runs have ended; if not, the user interrupted */
    private boolean watched(Cluster cluster, RunHistories histories) {
        var plans = histories.all().stream().map(RunHistory::plan).toList();
        return new RunWatch(global.context(), name, plans, histories).toTheEnd(cluster);
    }

    private boolean isRun(Cluster cluster) {
        return RunFinder.target(RunStatuses.quietly(cluster), ExperimentStatuses.quietly(cluster), name)
                        .run()
                != null;
    }

    /** Whether the experiment that is watched may hand out more runs. */
    private static boolean moreWillCome(Cluster cluster, List<RunStatus> runs) {
        return ExperimentStatuses.quietly(cluster)
                .of(runs.get(runs.size() - 1).experimentId())
                .filter(e -> !e.phase().isTerminal())
                .isPresent();
    }

    /** Waits a few seconds for the runs of a spec that was just published. */
    private List<RunStatus> awaitRuns(Cluster cluster) throws InterruptedException {
        for (int read = 1; ; read++) {
            var statuses = RunStatuses.quietly(cluster);
            try {
                var runs = RunFinder.named(statuses, name);
                statuses.tellSkipped(global.context());
                return runs;
            } catch (CliException e) {
                if (read == READS || global.context().interrupt().requested()) {
                    statuses.tellSkipped(global.context());
                    throw e;
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private int rejected(SpecRejected spec) {
        if (output.json()) {
            StatusTable.printJson(global.context(), List.of(), List.of(spec));
        } else {
            RejectedSpecs.print(global.context(), spec);
        }
        return ExitCode.FAILED;
    }

    private void print(
            List<RunStatus> runs,
            Optional<ExperimentStatus> experiment,
            RunHistories histories,
            Optional<SpecRejected> rejected) {
        CliContext context = global.context();
        if (output.json()) {
            StatusTable.printJson(context, runs, rejected.stream().toList());
            return;
        }
        if (runs.size() == 1) {
            var run = runs.get(0);
            StatusTable.print(context, run, histories.history(run.runId()));
        } else {
            StatusTable.print(context, runs, false);
        }
        if (experiment.isPresent()) {
            context.out().println();
            ExperimentSummary.print(context, experiment.get());
        }
        if (rejected.isPresent()) {
            context.out().println();
            RejectedSpecs.print(context, rejected.get());
        }
    }
}
