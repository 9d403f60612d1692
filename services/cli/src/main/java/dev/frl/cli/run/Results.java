package dev.frl.cli.run;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.Session;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.report.ExperimentReport;
import dev.frl.report.table.ClassTable;
import dev.frl.spec.ExperimentPlan;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import dev.frl.tracking.RecorderException;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a command shows when runs have ended: the table on stdout; where there is more, and what failed, on stderr. */
public final class Results {
    /** Nobody should wait long for a server that is slow or away: what is missing is recorded the next time. */
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

    /** @return the exit code that the runs' ends come to */
    int show(Session session, RunHistories book, ExperimentPlan plan, boolean json) throws InterruptedException {
        var runs = book.histories(plan.runs().stream().map(RunPlan::runId).toList());
        boolean recorded = recorded(session);
        Path report = home.report(plan.experimentId());
        if (!recorded || !Files.exists(report)) {
            write(report, runs);
        }
        table(runs, json);
        context.err().println();
        context.err().printf("Report  %s%n", context.shown(report));
        if (mlflow != null) {
            context.err().printf("MLflow  %s%n", recorded ? page(mlflow) : mlflow.trackingUri());
        }
        if (!recorded) {
            context.err()
                    .printf(
                            "Not everything is recorded yet; the rest is, whenever `frl up` or `frl run` runs here. See %s.%n",
                            context.shown(home.log()));
        }
        return failures(runs);
    }

    /** Where the runs are listed: MLflow's own first page of an experiment shows none of them. */
    private static URI page(MlflowSettings mlflow) {
        try (var recorder = new MlflowRecorder(mlflow)) {
            return recorder.page();
        } catch (RecorderException e) { // it was there a moment ago, and what it holds is told already
            return mlflow.trackingUri();
        }
    }

    private boolean recorded(Session session) throws InterruptedException {
        if (session.awaitRecorded(Duration.ofMillis(500))) {
            return true;
        }
        session.say("Recording the last results%s, %s at most."
                .formatted(mlflow == null ? "" : " in MLflow", HumanFormat.duration(PATIENCE)));
        return session.awaitRecorded(PATIENCE);
    }

    /** The comparison class by class. */
    public void table(List<RunHistory> runs, boolean json) {
        var table = ClassTable.of(runs);
        if (json) {
            var object = new LinkedHashMap<String, Object>();
            object.put("runs", runs.stream().map(StatusTable::json).toList());
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

    public void write(Path report, List<RunHistory> runs) {
        try {
            var folder = report.toAbsolutePath().getParent();
            if (folder != null) {
                Files.createDirectories(folder);
            }
            Files.writeString(report, ExperimentReport.html(runs), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw CliException.failed("the report %s cannot be written: %s".formatted(report, e.getMessage()), e);
        }
    }

    int failures(List<RunHistory> runs) {
        int code = ExitCode.OK;
        for (var run : runs) {
            if (run.end().orElse(null) instanceof Failed failed) {
                context.err().printf("%s failed: %s%n", run.plan().runId(), HumanFormat.line(failed.reason()));
                code = ExitCode.FAILED;
            }
        }
        return code;
    }
}
