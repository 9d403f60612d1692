package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.experiment.BestPoint;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.report.statistics.Grouping;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Short texts about an experiment: where its runs stand, its best point, and what would run it again. */
public final class ExperimentSummary {
    private ExperimentSummary() {}

    /** Such as {@code finished}. */
    public static String phase(ExperimentStatus experiment) {
        return experiment.phase().name().toLowerCase(Locale.ROOT);
    }

    /** Runs by state, such as {@code 12 runs: 9 finished, 3 failed}. Open runs are handed out, with or without a trainer. */
    public static String runs(ExperimentStatus experiment) {
        var runs = experiment.runs();
        return counted(
                runs.all(),
                List.of(
                        part(runs.finished(), "finished"),
                        part(runs.running(), "open"),
                        part(runs.resting(), "resting"),
                        part(runs.waiting(), "waiting"),
                        part(runs.failed(), "failed"),
                        part(runs.stopped(), "stopped")));
    }

    /** The same from the status of its runs. */
    static String runs(Collection<RunStatus> runs) {
        return counted(
                runs.size(),
                List.of(
                        part(count(runs, Phase.FINISHED), "finished"),
                        part(count(runs, Phase.TRAINING, Phase.EVALUATING, Phase.TESTING), "running"),
                        part(count(runs, Phase.PAUSED), "resting"),
                        part(count(runs, Phase.QUEUED, Phase.WAITING_FOR_WARM_START), "waiting"),
                        part(count(runs, Phase.FAILED), "failed"),
                        part(count(runs, Phase.STOPPED), "stopped")));
    }

    private static long count(Collection<RunStatus> runs, Phase... phases) {
        return runs.stream()
                .filter(run -> List.of(phases).contains(run.phase()))
                .count();
    }

    private static String part(long count, String state) {
        return count == 0 ? "" : count + " " + state;
    }

    private static String counted(long all, List<String> parts) {
        var some = parts.stream().filter(part -> !part.isEmpty()).toList();
        String runs = HumanFormat.count(all, "run");
        return some.isEmpty() ? runs : runs + ": " + String.join(", ", some);
    }

    /** Such as {@code frl-reweight, cap=0.25 with a robust accuracy of 34.6% in the worst class and 67.1% on average}. */
    public static String best(BestPoint best) {
        return String.format(
                Locale.ROOT,
                "%s with a robust accuracy of %.1f%% in the worst class and %.1f%% on average",
                HumanFormat.line(Grouping.pointName(best.variant())),
                100 * best.worstRobust(),
                100 * best.averageRobust());
    }

    /** One row for each. */
    public static Table table(Collection<ExperimentStatus> experiments, Instant now) {
        var table = new Table()
                .left("EXPERIMENT", "experimentId")
                .left("PHASE", "phase")
                .left("RUNS", "runs")
                .optional("SINCE", "since")
                .optional("REASON", "reason");
        for (var e : experiments) {
            table.row(
                    Cell.of(e.experimentId()),
                    Cell.of(phase(e)),
                    Cell.of(runs(e)),
                    Cell.of(HumanFormat.when(e.since(), now)),
                    Cell.of(HumanFormat.reason(e.reason(), now)));
        }
        return table;
    }

    /** Prints an experiment in some lines. */
    public static void print(CliContext context, ExperimentStatus e) {
        var out = context.out();
        Instant now = context.clock().instant();
        out.printf(Locale.ROOT, "%s: %s%n", e.experimentId(), runs(e));
        out.printf(Locale.ROOT, "  phase     %s, since %s%n", phase(e), HumanFormat.when(e.since(), now));
        out.printf(Locale.ROOT, "  reason    %s%n", HumanFormat.reason(e.reason(), now));
        out.printf(
                Locale.ROOT,
                "  search    %s; %s%s%n",
                HumanFormat.line(e.search()),
                HumanFormat.count(e.points(), "point"),
                e.pruned() == 0 ? "" : String.format(Locale.ROOT, ", %d pruned", e.pruned()));
        var best = e.best();
        if (best != null) {
            out.printf(Locale.ROOT, "  %-9s %s%n", e.phase().isTerminal() ? "best" : "leads", best(best));
        }
    }

    /**
     * Where a spec stands that was submitted before, and what would run it again.
     *
     * @param runs its runs without warm starts; they count if the experiment is not known
     * @param file the spec
     */
    public static List<String> standing(
            String experimentId, Optional<ExperimentStatus> known, List<RunStatus> runs, String file) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT,
                "%s was submitted before, so nothing new starts. It %s.",
                experimentId,
                known.map(e -> String.format(Locale.ROOT, "is %s, with %s", phase(e), stand(e)))
                        .orElseGet(() -> "has " + runs(runs))));
        boolean open = known.map(e -> !e.phase().isTerminal())
                .orElseGet(() -> runs.stream().anyMatch(r -> !r.phase().isTerminal()));
        if (known.filter(e -> e.phase() == ExperimentPhase.PAUSED).isPresent()) {
            lines.add("To go on: frl resume " + experimentId);
        }
        if (open) {
            retries(experimentId, known, runs, false, "").forEach(lines::add);
        } else {
            retries(experimentId, known, runs, true, "").forEach(lines::add);
            lines.add("To run all of it again: increment metadata.generation in the spec.");
            lines.add(extend(experimentId, file, ""));
        }
        return lines;
    }

    /**
     * What would run parts of an experiment again that has ended, and add to it.
     *
     * @param runs its runs without warm starts; they count if the experiment is not known
     * @param file the spec
     * @param start what has to run first, such as {@code `frl up` and then }
     */
    static List<String> ended(
            String experimentId, Optional<ExperimentStatus> known, List<RunStatus> runs, String file, String start) {
        var lines = new ArrayList<String>();
        lines.add(String.format(
                Locale.ROOT, "It has %s.", known.map(ExperimentSummary::stand).orElseGet(() -> runs(runs))));
        lines.addAll(retries(experimentId, known, runs, true, start));
        lines.add(extend(experimentId, file, start));
        return lines;
    }

    private static String stand(ExperimentStatus e) {
        var best = e.best();
        return runs(e)
                + (best == null
                        ? ""
                        : String.format(
                                Locale.ROOT, "; %s %s", e.phase().isTerminal() ? "best:" : "leads:", best(best)));
    }

    private static List<String> retries(
            String experimentId, Optional<ExperimentStatus> known, List<RunStatus> runs, boolean ended, String start) {
        var lines = new ArrayList<String>();
        long failed = known.map(e -> (long) e.runs().failed()).orElseGet(() -> count(runs, Phase.FAILED));
        long stopped = known.map(e -> (long) e.runs().stopped()).orElseGet(() -> count(runs, Phase.STOPPED));
        if (failed > 0) {
            lines.add(String.format(
                    Locale.ROOT, "To continue only what failed: %sfrl retry %s --failed", start, experimentId));
        }
        // What successive halving ended is left out by this retry.
        if (stopped > 0 && ended && known.filter(e -> e.pruned() > 0).isEmpty()) {
            lines.add(String.format(
                    Locale.ROOT, "To continue what was stopped: %sfrl retry %s --stopped", start, experimentId));
        }
        return lines;
    }

    private static String extend(String experimentId, String file, String start) {
        return String.format(
                Locale.ROOT,
                "To run only new points or seeds, add values to the spec: %sfrl extend %s -f %s",
                start,
                experimentId,
                file);
    }
}
