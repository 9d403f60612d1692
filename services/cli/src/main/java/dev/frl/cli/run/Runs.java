package dev.frl.cli.run;

import dev.frl.cli.context.CliException;
import dev.frl.cli.context.NearestNames;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.core.run.Selection;
import dev.frl.report.text.RunNames;
import dev.frl.spec.ExperimentPlan;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Finds runs by what people call them, and says how they do. */
public final class Runs {
    private Runs() {}

    /** What sets a run apart within its experiment. */
    public static String what(RunPlan plan) {
        return RunNames.of(plan);
    }

    /**
     * How well the worst class does.
     *
     * @param on what was evaluated, as in {@code epoch 3} and {@code test}
     */
    record Worst(double robustError, String className, double totalRobustError, String on) {}

    /** By the test if there was one, else by the last epoch that was evaluated. */
    static Optional<Worst> worst(RunHistory run) {
        var test = run.test(Selection.LAST);
        if (test.isPresent()) {
            return Optional.of(worst(run, test.get(), "test"));
        }
        EpochEvaluated last = null;
        for (EpochEvaluated evaluated : run.evaluated().values()) {
            last = evaluated;
        }
        return last == null ? Optional.empty() : Optional.of(worst(run, last.errors(), "epoch " + last.epoch()));
    }

    static Worst worst(RunHistory run, ClassErrors errors, String on) {
        int worst = errors.robust().argMax();
        var names = run.classNames();
        String name = worst < names.size() ? names.get(worst) : "class " + worst;
        return new Worst(errors.robust().max(), name, errors.totalRobust(), on);
    }

    /** Where it stands, short. */
    static String phase(RunStatus s) {
        return switch (s.phase()) {
            case WAITING_FOR_WARM_START -> "waits for warm start";
            case QUEUED -> "queued";
            case TRAINING -> "training";
            case EVALUATING -> "evaluating";
            case TESTING -> "testing";
            case FINISHED -> "finished";
            case FAILED -> "failed";
        };
    }

    /** As in {@code 4/10}. */
    static String epochs(RunStatus s) {
        return s.epoch() < 0 ? "-/" + s.epochs() : s.epoch() + "/" + s.epochs();
    }

    /** In the order in which they were asked for. */
    public static List<RunHistory> sorted(RunHistories book) {
        return book.histories().stream()
                .sorted(Comparator.comparing(r -> r.events().get(0).at()))
                .toList();
    }

    /**
     * The runs that a name stands for: a run, an experiment's id, an experiment's name (then the latest of that name), or the
     * beginning of one of these that fits no other. An experiment brings the warm starts that its runs begin from.
     *
     * @throws CliException if there is no such run; names the nearest
     */
    public static List<RunHistory> named(RunHistories book, String name) {
        var all = sorted(book);
        var runs = all.stream().filter(r -> r.plan().runId().equals(name)).toList();
        if (!runs.isEmpty()) {
            return runs;
        }
        var experiment = experiment(all, name);
        if (experiment.isPresent()) {
            return ofExperiment(book, all, experiment.get());
        }
        var names = names(all);
        var begun = names.stream().filter(n -> n.startsWith(name)).toList();
        var experiments = all.stream()
                .filter(r -> r.plan().experimentId().startsWith(name))
                .map(r -> r.plan().experimentId())
                .distinct()
                .toList();
        if (begun.size() == 1) {
            return named(book, begun.get(0));
        }
        if (experiments.size() == 1) {
            return ofExperiment(book, all, experiments.get(0));
        }
        var near = begun.isEmpty()
                ? NearestNames.to(name, names)
                : begun.stream().limit(5).toList();
        throw CliException.failed("there is no run or experiment %s%s"
                .formatted(
                        name,
                        near.isEmpty()
                                ? "; `frl list` shows what there is"
                                : ". Did you mean " + String.join(" or ", near) + "?"));
    }

    private static Optional<String> experiment(List<RunHistory> all, String name) {
        Predicate<RunPlan> fits =
                plan -> plan.experimentId().equals(name) || plan.experiment().equals(name);
        return all.stream()
                .map(RunHistory::plan)
                .filter(fits)
                .map(RunPlan::experimentId)
                .reduce((a, b) -> b);
    }

    private static List<RunHistory> ofExperiment(RunHistories book, List<RunHistory> all, String experimentId) {
        var ids = new LinkedHashSet<String>();
        var own = all.stream()
                .map(RunHistory::plan)
                .filter(p -> p.experimentId().equals(experimentId))
                .toList();
        own.forEach(plan -> {
            if (plan.warmStartRun() != null) {
                ids.add(plan.warmStartRun());
            }
        });
        own.forEach(plan -> ids.add(plan.runId()));
        return book.histories(ids);
    }

    private static List<String> names(List<RunHistory> all) {
        return new ArrayList<>(all.stream()
                .flatMap(r -> Stream.of(
                        r.plan().runId(), r.plan().experiment(), r.plan().experimentId()))
                .distinct()
                .toList());
    }

    /** As in {@code 2 runs and 1 warm start}. */
    public static String counted(ExperimentPlan plan) {
        long warm = plan.runs().stream().filter(RunPlan::warmStart).count();
        long runs = plan.runs().size() - warm;
        String text = runs == 1 ? "1 run" : runs + " runs";
        return warm == 0 ? text : text + " and " + (warm == 1 ? "1 warm start" : warm + " warm starts");
    }
}
