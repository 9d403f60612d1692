package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.ExperimentStatuses;
import dev.frl.cli.run.ExperimentSummary;
import dev.frl.cli.run.RunFinder;
import dev.frl.cli.run.RunHistories;
import dev.frl.cli.run.RunStatuses;
import dev.frl.cli.run.RunSummary;
import dev.frl.cli.run.RunWatch;
import dev.frl.cli.run.SpecFile;
import dev.frl.cli.run.StatusTable;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "submit",
        header = "Publish a spec to services that are running.",
        description =
                "Checks the spec first, and prints the ids of its runs. Does not check that the data set is present,"
                        + " since the services may run on other machines. Publishing a spec again starts nothing new; the command then"
                        + " tells where its runs stand, and what would run them again.",
        exitCodeList = {
            "0:published; with -w: all runs ended, and none failed",
            "1:the brokers refused it, or with -w a run failed",
            "2:wrong usage, or the spec has problems; nothing was published",
            "75:no broker answers",
            "130:interrupted while watching; the runs continue"
        })
public final class SubmitCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(paramLabel = "FILE", description = "Experiment spec, YAML or JSON; - is standard input.")
    Path file = Path.of("");

    @Option(
            names = {"-w", "--watch"},
            description = "Show progress until all runs have ended, and then their status.")
    boolean watch;

    @Mixin
    BrokerOption broker = new BrokerOption();

    @Mixin
    OutputOption output = new OutputOption();

    public SubmitCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        Logging.quiet();
        var spec = SpecFile.read(context, file, SiteChecks.NONE);
        if (spec.plan().isEmpty()) {
            spec.report("nothing was published").forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        ExperimentPlan plan = spec.plan().get();
        Cluster cluster = broker.running(global);
        var statuses = statuses(cluster);
        var known = statuses.map(s -> s.of(runIds(plan))).orElse(List.of());
        statuses.ifPresent(s -> tellWhereItStands(cluster, s, plan));
        cluster.publish(plan.name(), spec.bytes());
        context.err()
                .printf(
                        Locale.ROOT,
                        "%s: published to %s, %s.%s%n",
                        plan.experimentId(),
                        cluster.bootstrapServers(),
                        RunSummary.counted(plan),
                        watch ? "" : " To watch: frl status " + plan.experimentId() + " -w");
        if (watch) {
            return watch(cluster, plan, RunHistories.of(context, cluster, known));
        }
        if (output.json()) {
            var json = new LinkedHashMap<String, Object>();
            json.put("experiment", plan.name());
            json.put("experimentId", plan.experimentId());
            json.put("runs", runIds(plan));
            context.out().println(PrettyJson.pretty(json));
        } else {
            var table = new Table().left("RUN", "run").left("WHAT", "what");
            plan.runs().forEach(run -> table.row(Cell.of(run.runId()), Cell.of(RunSummary.what(run))));
            table.print(context, false);
        }
        return ExitCode.OK;
    }

    /** Empty if they cannot be read: a user may have the right to publish and no other. */
    private Optional<RunStatuses> statuses(Cluster cluster) {
        try {
            return Optional.of(RunStatuses.readable(global.context(), cluster));
        } catch (CliException e) {
            if (watch || e.exitCode() != ExitCode.FAILED) {
                throw e;
            }
            global.context()
                    .err()
                    .printf(Locale.ROOT, "Whether it was submitted before is not known: %s.%n", e.getMessage());
            return Optional.empty();
        }
    }

    private void tellWhereItStands(Cluster cluster, RunStatuses statuses, ExperimentPlan plan) {
        String id = plan.experimentId();
        var experiment = ExperimentStatuses.of(global.context(), cluster).of(id);
        var runs = RunFinder.ofExperimentAlone(statuses, id);
        if (experiment.isPresent() || !runs.isEmpty()) {
            ExperimentSummary.standing(id, experiment, runs, file.toString())
                    .forEach(global.context().err()::println);
        }
    }

    private static List<String> runIds(ExperimentPlan plan) {
        return plan.runs().stream().map(RunPlan::runId).toList();
    }

    private int watch(Cluster cluster, ExperimentPlan plan, RunHistories histories) {
        CliContext context = global.context();
        if (!new RunWatch(context, plan.name(), plan.runs(), histories).toTheEnd(cluster)) {
            context.err().println("Stopped watching; the runs continue.");
            return ExitCode.INTERRUPTED;
        }
        var runs = histories.statuses(runIds(plan));
        StatusTable.print(context, runs, output.json());
        return StatusTable.code(runs);
    }
}
