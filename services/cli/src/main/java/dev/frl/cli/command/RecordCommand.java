package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.Session;
import dev.frl.cli.option.EmbeddedOptions;
import dev.frl.cli.option.MlflowOption;
import dev.frl.standalone.EmbeddedSettings;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "record",
        header = "Record in MLflow and in files what is not recorded yet, and run nothing.",
        description = "The run log keeps every event until it is recorded: after MLflow was away or refused it, this"
                + " command records the rest, each point once. `frl up` and `frl run` do the same while they run, and so"
                + " does the recorder service of a cluster.",
        exitCodeList = {
            "0:everything is recorded, but for runs that were deleted in MLflow",
            "2:wrong usage",
            "75:something is still refused, with the reason on stderr, or another process uses this home",
            "130:interrupted; the same command resumes"
        })
public final class RecordCommand implements Callable<Integer> {
    /** The time that refused runs are tried for. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final GlobalOptions global;

    @Mixin
    MlflowOption mlflow = new MlflowOption();

    public RecordCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws Exception {
        CliContext context = global.context();
        Home home = global.home();
        EmbeddedOptions.requireWritable(context, home);
        var settings = mlflow.settings(context, home);
        try (var session =
                Session.startRecorders(context, home, new EmbeddedSettings(home.path(), null, 0, 1, null, settings))) {
            long refusedSince = System.nanoTime();
            while (!session.awaitRecorded(Duration.ofSeconds(1))) {
                if (context.interrupt().requested()) {
                    return ExitCode.INTERRUPTED;
                }
                if (session.unrecorded().isEmpty()) {
                    refusedSince = System.nanoTime();
                } else if (System.nanoTime() - refusedSince > PATIENCE.toNanos()) {
                    session.tellUnrecorded();
                    return ExitCode.TEMPORARY;
                }
            }
            if (!session.unrecorded().isEmpty()) { // such as runs that were deleted in MLflow
                session.tellUnrecorded();
                return ExitCode.OK;
            }
            session.say(
                    settings == null ? "Everything is recorded." : "Everything is recorded: " + settings.trackingUri());
            return ExitCode.OK;
        }
    }
}
