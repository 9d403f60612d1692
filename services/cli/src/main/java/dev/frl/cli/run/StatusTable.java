package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.HumanTime;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunState;
import dev.frl.core.run.RunStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Status of runs, as tables and as JSON. */
public final class StatusTable {
    private StatusTable() {}

    private static RunStatus status(RunHistory run) {
        return RunState.replay(run.events()).status();
    }

    /** One row per run. */
    public static Table of(List<RunHistory> runs, Instant now) {
        var table = new Table()
                .left("RUN", "run")
                .optional("WHAT", "what")
                .left("PHASE", "phase")
                .right("EPOCH", "epoch")
                .right("WORST", "worstRobustError")
                .left("CLASS", "worstClass")
                .optional("SINCE", "since");
        for (RunHistory run : runs) {
            var s = status(run);
            var worst = RunSummary.worst(run);
            table.row(
                    Cell.of(run.plan().runId()),
                    Cell.of(RunSummary.what(run.plan())),
                    Cell.of(phase(s)),
                    new Cell(RunSummary.epochs(s), s.epoch()),
                    worst.map(w -> Cell.percent(w.robustError())).orElse(Cell.none()),
                    worst.map(w -> Cell.of(w.className())).orElse(Cell.none()),
                    new Cell(ago(s.since(), now), s.since().toString()));
        }
        return table;
    }

    private static String phase(RunStatus s) {
        return s.shards() == 0
                ? RunSummary.phase(s)
                : "%s %d/%d".formatted(RunSummary.phase(s), s.shardsDone(), s.shards());
    }

    private static String ago(Instant then, Instant now) {
        return HumanFormat.duration(Duration.between(then, now)) + " ago";
    }

    /** Status of one run, for scripts. */
    public static Map<String, @Nullable Object> json(RunHistory run) {
        var s = status(run);
        var plan = run.plan();
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("run", plan.runId());
        json.put("experiment", plan.experiment());
        json.put("experimentId", plan.experimentId());
        json.put("what", RunSummary.what(plan));
        json.put("variant", plan.variant());
        json.put("warmStart", plan.warmStart());
        json.put("warmStartRun", plan.warmStartRun());
        json.put("phase", s.phase().name().toLowerCase(Locale.ROOT));
        json.put("reason", HumanTime.in(s.reason()));
        json.put("since", s.since().toString());
        json.put("deadline", s.phase().isTerminal() ? null : s.deadline().toString());
        json.put("epoch", s.epoch());
        json.put("epochs", s.epochs());
        json.put("shardsDone", s.shardsDone());
        json.put("shards", s.shards());
        var worst = RunSummary.worst(run);
        json.put(
                "robustError",
                worst.map(RunSummary.WorstClass::totalRobustError).orElse(null));
        json.put(
                "worstRobustError",
                worst.map(RunSummary.WorstClass::robustError).orElse(null));
        json.put("worstClass", worst.map(RunSummary.WorstClass::className).orElse(null));
        json.put("evaluatedOn", worst.map(RunSummary.WorstClass::on).orElse(null));
        return json;
    }

    /** Prints status and epochs of one run. */
    public static void print(CliContext context, RunHistory run) {
        var s = status(run);
        var plan = run.plan();
        var out = context.out();
        Instant now = context.clock().instant();
        out.printf("%s: %s of %s%n", plan.runId(), RunSummary.what(plan), plan.experimentId());
        out.printf("  phase     %s, since %s%n", phase(s), ago(s.since(), now));
        out.printf("  reason    %s%n", HumanFormat.reason(s.reason()));
        if (!s.phase().isTerminal()) {
            out.printf("  deadline  %s, then the work is reassigned%n", in(s.deadline(), now));
        }
        out.printf("  epoch     %s%n", RunSummary.epochs(s));
        if (plan.warmStartRun() != null) {
            out.printf("  start     from the weights of %s%n", plan.warmStartRun());
        }
        RunSummary.worst(run).ifPresent(w -> out.printf("  latest    %s%n", RunProgress.evaluated(run, w)));
        if (!run.evaluated().isEmpty()) {
            out.println();
            epochs(run).lines(Integer.MAX_VALUE).forEach(line -> out.println("  " + line));
        }
    }

    private static String in(Instant deadline, Instant now) {
        var left = Duration.between(now, deadline);
        return left.isNegative() ? HumanFormat.duration(left.negated()) + " ago" : "in " + HumanFormat.duration(left);
    }

    private static Table epochs(RunHistory run) {
        var table = new Table()
                .right("EPOCH", "epoch")
                .right("LOSS", "loss")
                .right("STANDARD", "standardError")
                .right("BOUNDARY", "boundaryError")
                .right("ROBUST", "robustError")
                .right("WORST", "worstRobustError")
                .left("CLASS", "worstClass");
        for (EpochEvaluated evaluated : run.evaluated().values()) {
            var errors = evaluated.errors();
            var worst = RunSummary.worst(run, errors, "");
            var trained = run.trained().get(evaluated.epoch());
            Double loss = trained == null ? null : trained.loss();
            table.row(
                    Cell.of(evaluated.epoch()),
                    loss == null ? Cell.none() : new Cell(String.format(Locale.ROOT, "%.4f", loss), loss),
                    Cell.percent(errors.totalStandard()),
                    Cell.percent(errors.totalBoundary()),
                    Cell.percent(errors.totalRobust()),
                    Cell.percent(worst.robustError()),
                    Cell.of(worst.className()));
        }
        return table;
    }
}
