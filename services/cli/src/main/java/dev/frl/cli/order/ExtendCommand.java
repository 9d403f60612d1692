package dev.frl.cli.order;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.run.RunSummary;
import dev.frl.cli.run.SpecFile;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.SpecMessage;
import dev.frl.messaging.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "extend",
        header = "Add points or seeds to an experiment that was submitted.",
        description =
                "Takes the experiment's spec with more values, and runs only what is new. Checks the spec first. Search and"
                        + " constraints stay as they were; parallelRuns and maxFailedRuns may grow. To watch: frl status NAME -w",
        exitCodeList = {
            "0:done; also if the spec has no new runs",
            "1:refused, and stderr says why; or there is no such experiment",
            "2:wrong usage, or the spec has problems; nothing was published",
            "75:no broker or no controller answers",
            "130:interrupted while waiting; the order stands"
        })
public final class ExtendCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..1",
            description = "Experiment. Default: the newest one with the name in the spec")
    @Nullable
    String name;

    @Option(
            names = {"-f", "--file"},
            paramLabel = "FILE",
            required = true,
            description = "The experiment's spec with more values, YAML or JSON.")
    Path file = Path.of("");

    @Mixin
    OrderOptions options = new OrderOptions();

    public ExtendCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        var spec = SpecFile.read(context, file, SiteChecks.NONE);
        if (spec.plan().isEmpty()) {
            spec.report("nothing was published").forEach(context.err()::println);
            return ExitCode.USAGE;
        }
        ExperimentPlan plan = spec.plan().get();
        var orders = new Orders(global, options);
        var message = new CommandMessage(
                Verb.EXTEND,
                target(orders, plan),
                null,
                Which.FAILED,
                null,
                new SpecMessage.TextSpec(new String(spec.bytes(), StandardCharsets.UTF_8)));
        if (message.json().length > Topics.MAX_SPEC_BYTES) {
            throw CliException.failed(String.format(
                    Locale.ROOT,
                    "%s is too long: with the order it has %d bytes, and %d are accepted",
                    spec.shownAs(),
                    message.json().length,
                    Topics.MAX_SPEC_BYTES));
        }
        return orders.extend(message, plan.runs().stream().collect(Collectors.toMap(RunPlan::runId, RunSummary::what)));
    }

    private String target(Orders orders, ExperimentPlan plan) {
        if (name == null) {
            return orders.experiment(plan.name())
                    .orElseThrow(() -> CliException.failed(String.format(
                            Locale.ROOT,
                            "there is no experiment %s to extend; to run the spec: frl submit %s",
                            plan.name(),
                            file)));
        }
        var target = orders.target(name);
        if (target.run() != null) {
            throw CliException.usage(
                    String.format(Locale.ROOT, "%s is a run; only an experiment can be extended", target.id()));
        }
        if (!target.id().startsWith(plan.name() + "-")) {
            throw CliException.usage(String.format(
                    Locale.ROOT,
                    "NAME is %s, but metadata.name of %s is %s; they must agree",
                    name,
                    file,
                    plan.name()));
        }
        return target.id();
    }
}
