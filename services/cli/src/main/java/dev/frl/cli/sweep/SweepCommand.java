package dev.frl.cli.sweep;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.run.ExperimentSummary;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.HumanTime;
import dev.frl.core.HumanWords;
import dev.frl.core.experiment.ExperimentSettings.Constraints;
import dev.frl.core.experiment.ExperimentStatus;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "sweep",
        header = "Compare the points of a sweep, while it runs and after it; write it as Kubernetes Jobs.",
        synopsisSubcommandLabel = "COMMAND")
public final class SweepCommand implements Runnable {
    private static final String NAME = "Experiment, or one of its runs; a name means the newest experiment.";

    private final GlobalOptions global;

    @Spec
    CommandSpec spec;

    public SweepCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(), "missing command; choose status, best, pareto or render");
    }

    @Command(
            name = "status",
            header = "Show every point, with means and intervals over its seeds.",
            description =
                    "WORST CLASS is the robust accuracy of each seed's worst class, AVERAGE the robust accuracy over all images, CLEAN"
                            + " the accuracy without attack, on the validation images. In brackets: the 95 %% interval of the mean over"
                            + " seeds (Student's t). With one seed it is the lower end of the interval over the images of its worst class"
                            + " (Wilson). Means are over finished runs; without one they are over the last epochs of the others.",
            exitCodeList = {"0:done", "1:there is no such experiment, or no run can be read", "75:no broker answers"})
    int status(
            @Parameters(paramLabel = "NAME", description = NAME) String name,
            @Mixin BrokerOption broker,
            @Mixin SweepOutput output) {
        return read(name, broker, view -> {
            var rows = view.rows();
            if (output.format == SweepOutput.Format.JSON) {
                var json = experiment(view);
                json.put("points", PointsPrinter.json(rows));
                print(json);
            } else {
                if (output.format == SweepOutput.Format.TABLE) {
                    view.experiment().ifPresent(e -> {
                        ExperimentSummary.print(global.context(), e);
                        constraints(view.constraints());
                        global.context().out().println();
                    });
                }
                print(rows, output);
            }
            if (view.notBegun() > 0) {
                tell(String.format(
                        Locale.ROOT,
                        "%s %s not begun yet.",
                        HumanFormat.count(view.notBegun(), "point"),
                        view.notBegun() == 1 ? "has" : "have"));
            }
            return ExitCode.OK;
        });
    }

    @Command(
            name = "best",
            header = "Show the best point that meets the constraints.",
            description =
                    "The best point has the highest robust accuracy of the worst class on validation, as a mean over its finished runs."
                            + " If none meets sweep.constraints, the nearest miss is shown with what it lacks.",
            exitCodeList = {
                "0:done",
                "1:no point has finished, or none meets the constraints; or there is no such experiment",
                "75:no broker answers"
            })
    int best(
            @Parameters(paramLabel = "NAME", description = NAME) String name,
            @Mixin BrokerOption broker,
            @Mixin SweepOutput output) {
        return read(name, broker, view -> {
            var best = view.best();
            var miss = view.nearestMiss();
            if (output.format == SweepOutput.Format.JSON) {
                var json = experiment(view);
                json.put("best", best.map(PointsPrinter::json).orElse(null));
                json.put("nearestMiss", miss.map(PointsPrinter::json).orElse(null));
                print(json);
            } else {
                best.or(() -> miss).ifPresent(row -> print(List.of(row), output));
            }
            if (best.isEmpty()) {
                tell(miss.map(row -> String.format(
                                Locale.ROOT,
                                "No point meets the constraints; the nearest one, %s, has %s.",
                                HumanFormat.line(row.point().name()),
                                lacks(row, view.constraints())))
                        .orElseGet(() -> noneFinished(view.experiment())));
                return ExitCode.FAILED;
            }
            if (view.experiment().filter(e -> !e.phase().isTerminal()).isPresent()) {
                tell("The sweep is not at its end; another point may still become the best.");
            }
            return ExitCode.OK;
        });
    }

    @Command(
            name = "pareto",
            header = "Show the front of worst class against average robust accuracy.",
            description =
                    "The finished points of which no other is at least as good in both means and better in one, from the best worst class"
                            + " to the best average. The constraints do not matter here.",
            exitCodeList = {"0:done", "1:no point has finished, or there is no such experiment", "75:no broker answers"
            })
    int pareto(
            @Parameters(paramLabel = "NAME", description = NAME) String name,
            @Mixin BrokerOption broker,
            @Mixin SweepOutput output) {
        return read(name, broker, view -> {
            var front = view.front();
            if (output.format == SweepOutput.Format.JSON) {
                var json = experiment(view);
                json.put("front", PointsPrinter.json(front));
                print(json);
            } else if (!front.isEmpty()) {
                print(front, output);
            }
            if (front.isEmpty()) {
                tell(noneFinished(view.experiment()));
            }
            return front.isEmpty() ? ExitCode.FAILED : ExitCode.OK;
        });
    }

    private interface Question {
        int answer(SweepView view);
    }

    private int read(String name, BrokerOption broker, Question question) {
        Logging.quiet();
        return broker.read(global, cluster -> question.answer(SweepView.read(global.context(), cluster, name)));
    }

    private void tell(String line) {
        global.context().err().println(line);
    }

    private void print(List<PointRow> rows, SweepOutput output) {
        CliContext context = global.context();
        if (output.format == SweepOutput.Format.CSV) {
            PointsPrinter.csv(context, rows);
        } else if (rows.isEmpty()) {
            context.err().println("No run is handed out yet.");
        } else {
            PointsPrinter.table(context, rows);
        }
    }

    private void print(Map<String, @Nullable Object> json) {
        global.context().out().println(PrettyJson.pretty(json));
    }

    private void constraints(Constraints constraints) {
        var floors = new ArrayList<String>();
        floor(floors, "average robust accuracy", constraints.averageRobust());
        floor(floors, "average clean accuracy", constraints.averageClean());
        if (!floors.isEmpty()) {
            global.context().out().printf(Locale.ROOT, "  floors    %s%n", HumanWords.list(floors));
        }
    }

    private static void floor(List<String> floors, String what, @Nullable Double least) {
        if (least != null) {
            floors.add(what + " of at least " + HumanWords.percent(least));
        }
    }

    private static String lacks(PointRow row, Constraints constraints) {
        var lacks = new ArrayList<String>();
        lack(lacks, "average robust accuracy", row.point().averageRobust().mean(), constraints.averageRobust());
        lack(lacks, "average clean accuracy", row.point().averageClean().mean(), constraints.averageClean());
        return HumanWords.list(lacks);
    }

    private static void lack(List<String> lacks, String what, double mean, @Nullable Double least) {
        if (least != null && mean < least) {
            lacks.add(String.format(
                    Locale.ROOT,
                    "%s %s where %s is asked for",
                    what,
                    HumanWords.percent(mean),
                    HumanWords.percent(least)));
        }
    }

    private static String noneFinished(Optional<ExperimentStatus> experiment) {
        if (experiment.filter(e -> e.phase().isTerminal()).isPresent()) {
            return "No point has finished, and the experiment has ended.";
        }
        return String.format(Locale.ROOT, "No point has finished yet%s.", leader(experiment));
    }

    private static String leader(Optional<ExperimentStatus> experiment) {
        return experiment
                .map(ExperimentStatus::best)
                .map(best -> String.format(
                        Locale.ROOT, "; at epoch %d leads %s", best.epoch(), ExperimentSummary.best(best)))
                .orElse("");
    }

    private static Map<String, @Nullable Object> experiment(SweepView view) {
        var experiment = view.experiment();
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("experimentId", view.experimentId());
        json.put("phase", experiment.map(ExperimentSummary::phase).orElse(null));
        json.put("reason", experiment.map(e -> HumanTime.in(e.reason())).orElse(null));
        json.put("search", experiment.map(ExperimentStatus::search).orElse(null));
        json.put("pointsInAll", experiment.map(ExperimentStatus::points).orElse(null));
        json.put("pruned", experiment.map(ExperimentStatus::pruned).orElse(null));
        json.put(
                "runs",
                experiment.map(ExperimentStatus::runs).map(SweepCommand::counts).orElse(null));
        var constraints = new LinkedHashMap<String, @Nullable Object>();
        constraints.put("averageRobust", view.constraints().averageRobust());
        constraints.put("averageClean", view.constraints().averageClean());
        json.put("constraints", constraints);
        return json;
    }

    private static Map<String, Integer> counts(ExperimentStatus.RunCounts runs) {
        var json = new LinkedHashMap<String, Integer>();
        json.put("waiting", runs.waiting());
        json.put("running", runs.running());
        json.put("resting", runs.resting());
        json.put("finished", runs.finished());
        json.put("failed", runs.failed());
        json.put("stopped", runs.stopped());
        return json;
    }
}
