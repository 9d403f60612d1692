package dev.frl.cli;

import dev.frl.core.run.RunPlan;
import dev.frl.spec.ExperimentPlan;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
        name = "validate",
        header = "Check specs and show what they would run.",
        description = "Says everything that is wrong with each file at once, with line and path; also whether the data"
                + " and the weights that it begins from are on this machine. Runs nothing.",
        exitCodeList = {"0:every spec is good", "2:a spec has problems, or there is no such file"})
final class ValidateCommand implements Callable<Integer> {
    private final Frl frl;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Experiment spec, YAML or JSON.")
    List<Path> files = List.of();

    @Mixin
    DataOption data = new DataOption();

    @Mixin
    OutputOption output = new OutputOption();

    ValidateCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() {
        World world = frl.world();
        var site = world.site().checks(frl.home(), data.folder(world));
        var specs = files.stream().map(file -> SpecFile.read(world, file, site)).toList();
        if (output.json()) {
            world.out()
                    .println(Json.pretty(
                            specs.stream().map(ValidateCommand::json).toList()));
        } else {
            specs.forEach(spec -> print(world, spec));
        }
        return specs.stream().allMatch(s -> s.problems().isEmpty()) ? ExitCode.OK : ExitCode.USAGE;
    }

    private static void print(World world, SpecFile spec) {
        spec.plan()
                .ifPresentOrElse(
                        plan -> print(world, spec, plan), () -> spec.report().forEach(world.out()::println));
    }

    private static void print(World world, SpecFile spec, ExperimentPlan plan) {
        world.out().printf("%s: good. %s would run as %s:%n", spec.shownAs(), counted(plan), plan.experimentId());
        var table = new Table().left("  RUN", "run").optional("WHAT", "what").right("EPOCHS", "epochs");
        for (RunPlan run : plan.runs()) {
            table.row(
                    Table.Cell.of("  " + run.runId()),
                    Table.Cell.of(Runs.what(run)),
                    Table.Cell.of(run.settings().training().epochs()));
        }
        table.print(world, false);
    }

    /** As in {@code 2 runs and 1 warm start}. */
    static String counted(ExperimentPlan plan) {
        long warm = plan.runs().stream().filter(RunPlan::warmStart).count();
        long runs = plan.runs().size() - warm;
        String text = runs == 1 ? "1 run" : runs + " runs";
        return warm == 0 ? text : text + " and " + (warm == 1 ? "1 warm start" : warm + " warm starts");
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
