package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.Session;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Stopped;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.report.ExperimentReport;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.report.table.ClassTable;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import dev.frl.tracking.RecorderException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Shows runs that have ended: the table on stdout; report, MLflow page and failures on stderr. */
public final class Results {
    /** Limit of the wait for a slow or absent server: the next start records the rest. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final int WIDEST_TABLE = 160;

    private final CliContext context;
    private final Home home;
    private final @Nullable MlflowSettings mlflow;

    public Results(CliContext context, Home home, @Nullable MlflowSettings mlflow) {
        this.context = context;
        this.home = home;
        this.mlflow = mlflow;
    }

    /** @return the exit code: failed if a run failed, temporary if something is not recorded yet */
    int show(Session session, RunHistories histories, ExperimentPlan plan, boolean json) throws InterruptedException {
        var runs = histories.histories(plan.runs().stream().map(RunPlan::runId).toList());
        if (runs.isEmpty()) {
            throw CliException.failed(
                    String.format(Locale.ROOT, "there is nothing to show of %s", plan.experimentId()));
        }
        boolean recorded = recorded(session);
        Path report = home.report(plan.experimentId());
        if (!recorded || !Files.exists(report)) {
            write(report, runs, List.of()); // the recorder writes it again, with the search
        }
        table(histories, runs, json);
        context.err().println();
        context.err().printf(Locale.ROOT, "Report  %s%n", context.shown(report));
        if (mlflow != null) {
            context.err().printf(Locale.ROOT, "MLflow  %s%n", recorded ? page(mlflow) : mlflow.trackingUri());
        }
        if (!recorded || !session.unrecorded().isEmpty()) { // such as runs that were deleted in MLflow
            session.tellUnrecorded();
        }
        stopped(runs);
        int code = failures(runs);
        return code == ExitCode.OK && !recorded ? ExitCode.TEMPORARY : code;
    }

    private void stopped(List<RunHistory> runs) {
        long stopped = runs.stream()
                .filter(run -> run.end().orElse(null) instanceof Stopped)
                .count();
        if (stopped > 0) {
            context.err()
                    .printf(
                            Locale.ROOT,
                            "%s stopped before %s last epoch; `frl list` says why.%n",
                            stopped == 1 ? "1 run was" : stopped + " runs were",
                            stopped == 1 ? "its" : "their");
        }
    }

    /** The page that lists the runs: MLflow's first page of an experiment does not. */
    private static URI page(MlflowSettings mlflow) {
        try (var recorder = new MlflowRecorder(mlflow)) {
            return recorder.page();
        } catch (RecorderException e) { // the server was reachable a moment ago; its address is enough
            return mlflow.trackingUri();
        }
    }

    private boolean recorded(Session session) throws InterruptedException {
        if (session.awaitRecorded(Duration.ofMillis(500))) {
            return true;
        }
        session.say(String.format(
                Locale.ROOT,
                "Recording the last results%s; takes at most %s.",
                mlflow == null ? "" : " in MLflow",
                HumanFormat.duration(PATIENCE)));
        return session.awaitRecorded(PATIENCE);
    }

    /** Prints the errors of every class, one column a run or policy. */
    public void table(RunHistories histories, List<RunHistory> runs, boolean json) {
        var table = ClassTable.of(runs);
        if (json) {
            var object = new LinkedHashMap<String, Object>();
            object.put(
                    "runs",
                    runs.stream()
                            .flatMap(run -> histories.status(run.plan().runId()).stream())
                            .map(StatusTable::json)
                            .toList());
            object.put("table", table);
            context.out().println(PrettyJson.pretty(object));
            return;
        }
        var terminal = context.terminal();
        int width =
                terminal.out() ? Math.min(WIDEST_TABLE, terminal.size().get().columns()) : WIDEST_TABLE;
        context.out().println();
        context.out().print(terminal.out() && terminal.colour() ? table.ansiText(width) : table.text(width));
        context.out().flush();
    }

    public void write(Path report, List<RunHistory> runs, Collection<SweepHistory> sweeps) {
        try {
            var folder = report.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.writeString(report, ExperimentReport.html(runs, sweeps), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw CliException.failed(
                    String.format(Locale.ROOT, "the report %s cannot be written: %s", report, e.getMessage()), e);
        }
    }

    int failures(List<RunHistory> runs) {
        int code = ExitCode.OK;
        for (var run : runs) {
            if (run.end().orElse(null) instanceof Failed failed) {
                context.err()
                        .printf(
                                Locale.ROOT,
                                "%s failed: %s%n",
                                run.plan().runId(),
                                HumanFormat.reason(failed.reason()));
                code = ExitCode.FAILED;
            }
        }
        return code;
    }
}
