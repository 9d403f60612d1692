package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.cli.terminal.Table;
import dev.frl.cli.terminal.Table.Cell;
import dev.frl.core.HumanTime;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.message.SpecRejected;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Status of runs, as tables and as JSON. */
public final class StatusTable {
    /** Keys of a run in JSON; a rejected spec has the same. */
    static final List<String> KEYS = List.of(
            "run",
            "experiment",
            "experimentId",
            "what",
            "variant",
            "warmStart",
            "warmStartRun",
            "phase",
            "reason",
            "since",
            "deadline",
            "next",
            "attempt",
            "epoch",
            "epochs",
            "shardsDone",
            "shards",
            "progress",
            "robustError",
            "worstRobustError",
            "worstClass",
            "evaluatedOn",
            "problems");

    private StatusTable() {}

    /**
     * One row per run. Progress has a column if a worker of one of them reported, and reasons have one if a run rests, has failed, was
     * stopped, or is tried again.
     */
    private static Table of(List<RunStatus> runs, Instant now) {
        boolean reasons = runs.stream().anyMatch(StatusTable::tellsReason);
        boolean progress = runs.stream().anyMatch(s -> s.progress() != null);
        var table = new Table()
                .left("RUN", "run")
                .optional("WHAT", "what")
                .left("PHASE", "phase")
                .right("EPOCH", "epoch");
        if (progress) {
            table.optional("PROGRESS", "progress");
        }
        table.right("WORST", "worstRobustError").left("CLASS", "worstClass").optional("SINCE", "since");
        if (reasons) {
            table.optional("REASON", "reason");
        }
        for (var s : runs) {
            var worst = RunSummary.worst(s);
            var row = new ArrayList<Cell>();
            row.add(Cell.of(s.runId()));
            row.add(Cell.of(RunSummary.what(s)));
            row.add(Cell.of(RunSummary.phaseAndShards(s)));
            row.add(new Cell(RunSummary.epochs(s), s.epoch()));
            if (progress) {
                row.add(RunSummary.share(s)
                        .map(share -> Cell.of(
                                share + RunSummary.rate(s).map(r -> ", " + r).orElse("")))
                        .orElse(Cell.none()));
            }
            row.add(worst.map(w -> Cell.percent(w.robustError())).orElse(Cell.none()));
            row.add(worst.map(w -> Cell.of(w.className())).orElse(Cell.none()));
            row.add(new Cell(HumanFormat.when(s.since(), now), s.since().toString()));
            if (reasons) {
                row.add(tellsReason(s) ? Cell.of(HumanFormat.reason(s.reason(), now)) : Cell.none());
            }
            table.row(row.toArray(Cell[]::new));
        }
        return table;
    }

    private static boolean tellsReason(RunStatus s) {
        return switch (s.phase()) {
            case PAUSED, STOPPED, FAILED -> true;
            case QUEUED, TRAINING, EVALUATING, TESTING -> s.attempt() > 1;
            case WAITING_FOR_WARM_START, FINISHED -> false;
        };
    }

    /** Status of one run, for scripts. */
    static Map<String, @Nullable Object> json(RunStatus s) {
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("run", s.runId());
        json.put("experiment", s.experiment());
        json.put("experimentId", s.experimentId());
        json.put("what", RunSummary.what(s));
        json.put("variant", s.variant());
        json.put("warmStart", s.warmStart());
        json.put("warmStartRun", s.warmStartRun());
        json.put("phase", s.phase().name().toLowerCase(Locale.ROOT));
        json.put("reason", HumanTime.in(s.reason()));
        json.put("since", s.since().toString());
        json.put(
                "deadline",
                s.phase().isTerminal() || s.phase() == Phase.PAUSED
                        ? null
                        : s.deadline().toString());
        json.put("next", s.phase().isTerminal() ? null : HumanTime.in(s.next()));
        json.put("attempt", s.attempt());
        json.put("epoch", s.epoch());
        json.put("epochs", s.epochs());
        json.put("shardsDone", s.shardsDone());
        json.put("shards", s.shards());
        json.put("progress", json(s.progress()));
        var worst = RunSummary.worst(s);
        json.put(
                "robustError",
                worst.map(RunSummary.WorstClass::totalRobustError).orElse(null));
        json.put(
                "worstRobustError",
                worst.map(RunSummary.WorstClass::robustError).orElse(null));
        json.put("worstClass", worst.map(RunSummary.WorstClass::className).orElse(null));
        json.put("evaluatedOn", worst.map(RunSummary.WorstClass::on).orElse(null));
        json.put("problems", null); // of a rejected spec
        return json;
    }

    private static @Nullable Map<String, @Nullable Object> json(RunStatus.@Nullable WorkDone progress) {
        if (progress == null) {
            return null;
        }
        var json = new LinkedHashMap<String, @Nullable Object>();
        json.put("share", progress.share());
        json.put("imagesPerSecond", Double.isFinite(progress.imagesPerSecond()) ? progress.imagesPerSecond() : null);
        json.put("host", progress.host());
        json.put("at", progress.at().toString());
        return json;
    }

    /** Prints the status of runs. */
    public static void print(CliContext context, List<RunStatus> runs, boolean json) {
        if (json) {
            printJson(context, runs, List.of());
        } else {
            of(runs, context.clock().instant()).print(context, false);
        }
    }

    /** Prints runs, and then rejected specs, as one array of objects with the same keys. */
    public static void printJson(CliContext context, List<RunStatus> runs, List<SpecRejected> rejected) {
        var objects = new ArrayList<Map<String, @Nullable Object>>();
        runs.forEach(run -> objects.add(json(run)));
        rejected.forEach(spec -> objects.add(RejectedSpecs.json(spec)));
        context.out().println(PrettyJson.pretty(objects));
    }

    /** The exit code: failed if a run failed. */
    public static int code(List<RunStatus> runs) {
        return runs.stream().anyMatch(run -> run.phase() == Phase.FAILED) ? ExitCode.FAILED : ExitCode.OK;
    }

    /** Prints status and epochs of one run; without its history only the status. */
    public static void print(CliContext context, RunStatus s, Optional<RunHistory> history) {
        var out = context.out();
        Instant now = context.clock().instant();
        String what = history.map(h -> RunSummary.what(h.plan())).orElseGet(() -> RunSummary.what(s));
        out.printf(Locale.ROOT, "%s: %s%s%n", s.runId(), what.isEmpty() ? "" : what + " of ", s.experimentId());
        out.printf(
                Locale.ROOT,
                "  phase     %s, since %s%n",
                RunSummary.phaseAndShards(s),
                HumanFormat.when(s.since(), now));
        out.printf(Locale.ROOT, "  reason    %s%n", HumanFormat.reason(s.reason(), now));
        if (!s.phase().isTerminal() && s.phase() != Phase.PAUSED) {
            out.printf(
                    Locale.ROOT,
                    "  deadline  %s: %s%n",
                    HumanFormat.when(s.deadline(), now),
                    HumanFormat.reason(s.next(), now));
        }
        out.printf(Locale.ROOT, "  epoch     %s%n", RunSummary.epochs(s));
        var progress = s.progress();
        if (progress != null) {
            out.printf(
                    Locale.ROOT,
                    "  progress  %s, %s%n",
                    RunSummary.progress(s).orElse(""),
                    progress.at().isAfter(now) ? "just now" : HumanFormat.when(progress.at(), now));
        }
        if (s.warmStartRun() != null) {
            out.printf(Locale.ROOT, "  start     from the weights of %s%n", s.warmStartRun());
        }
        RunSummary.worst(s)
                .ifPresent(w -> out.printf(
                        Locale.ROOT, "  latest    %s%n", RunProgress.evaluated(what.isEmpty() ? s.runId() : what, w)));
        history.filter(h -> !h.evaluated().isEmpty()).ifPresent(h -> {
            out.println();
            epochs(h).lines(Integer.MAX_VALUE).forEach(line -> out.println("  " + line));
        });
    }

    private static Table epochs(RunHistory run) {
        boolean partial = run.evaluated().values().stream().anyMatch(EpochEvaluated::isPartial);
        var table = new Table()
                .right("EPOCH", "epoch")
                .right("LOSS", "loss")
                .right("STANDARD", "standardError")
                .right("BOUNDARY", "boundaryError")
                .right("ROBUST", "robustError")
                .right("WORST", "worstRobustError")
                .left("CLASS", "worstClass");
        if (partial) {
            table.left("EVALUATED ON", "evaluatedOn");
        }
        for (EpochEvaluated evaluated : run.evaluated().values()) {
            var errors = evaluated.errors();
            var worst = RunSummary.worst(run, errors, "");
            var trained = run.trained().get(evaluated.epoch());
            Double loss = trained == null ? null : trained.loss();
            var row = new ArrayList<Cell>(List.of(
                    Cell.of(evaluated.epoch()),
                    loss == null ? Cell.none() : new Cell(String.format(Locale.ROOT, "%.4f", loss), loss),
                    Cell.percent(errors.totalStandard()),
                    Cell.percent(errors.totalBoundary()),
                    Cell.percent(errors.totalRobust()),
                    Cell.percent(worst.robustError()),
                    Cell.of(worst.className())));
            if (partial) {
                row.add(Cell.of(HumanFormat.count(evaluated.images(), "image")
                        + (evaluated.isPartial()
                                ? String.format(
                                        Locale.ROOT,
                                        ", partial: %d of %d shards",
                                        evaluated.shards(),
                                        evaluated.allShards())
                                : "")));
            }
            table.row(row.toArray(Cell[]::new));
        }
        return table;
    }
}
