package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.option.DataOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.run.RunSummary;
import dev.frl.cli.run.SpecFile;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "validate",
        header = "Check specs, and list the runs that they define.",
        description =
                "Reports all problems of each file at once, with line and path. Also checks that the data set and the"
                        + " weights of a warm start are on this machine. Runs nothing.",
        exitCodeList = {"0:every spec is valid", "2:a spec has problems, or a file does not exist"})
public final class ValidateCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description = "Experiment spec, YAML or JSON; - is standard input.")
    List<Path> files = List.of();

    @Mixin
    DataOption data = new DataOption();

    @Mixin
    OutputOption output = new OutputOption();

    public ValidateCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        var site = context.site().checks(global.home(), data.folder(context));
        var specs =
                files.stream().map(file -> SpecFile.read(context, file, site)).toList();
        if (output.json()) {
            context.out()
                    .println(PrettyJson.pretty(
                            specs.stream().map(ValidateCommand::json).toList()));
        } else {
            specs.forEach(spec -> print(context, spec));
        }
        return specs.stream().allMatch(s -> s.problems().isEmpty()) ? ExitCode.OK : ExitCode.USAGE;
    }

    private static void print(CliContext context, SpecFile spec) {
        spec.plan()
                .ifPresentOrElse(
                        plan -> print(context, spec, plan),
                        () -> spec.report("").forEach(context.out()::println));
    }

    private static void print(CliContext context, SpecFile spec, ExperimentPlan plan) {
        context.out()
                .printf(
                        Locale.ROOT,
                        "%s: valid; %s of experiment %s:%n",
                        spec.shownAs(),
                        RunSummary.counted(plan),
                        plan.experimentId());
        var table = new Table().left("  RUN", "run").optional("WHAT", "what").right("EPOCHS", "epochs");
        for (RunPlan run : plan.runs()) {
            table.row(
                    Table.Cell.of("  " + run.runId()),
                    Table.Cell.of(RunSummary.what(run)),
                    Table.Cell.of(run.settings().training().epochs()));
        }
        table.print(context, false);
    }

    private static Map<String, @Nullable Object> json(SpecFile spec) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("file", spec.shownAs());
        json.put("valid", spec.problems().isEmpty());
        json.put("problems", spec.problems());
        spec.plan().ifPresent(plan -> {
            json.put("experiment", plan.name());
            json.put("experimentId", plan.experimentId());
            var runs = new ArrayList<Map<String, @Nullable Object>>();
            for (RunPlan run : plan.runs()) {
                var object = new LinkedHashMap<String, @Nullable Object>();
                object.put("run", run.runId());
                object.put("variant", run.variant());
                object.put("warmStart", run.warmStart());
                object.put("warmStartRun", run.warmStartRun());
                object.put("epochs", run.settings().training().epochs());
                object.put("specSha256", run.specSha256());
                runs.add(object);
            }
            json.put("runs", runs);
        });
        return json;
    }
}
