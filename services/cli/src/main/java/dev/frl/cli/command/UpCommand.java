package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.Session;
import dev.frl.cli.option.EmbeddedOptions;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "up",
        header = "Run a broker and all services in this process until Ctrl-C.",
        description = "Takes specs from the topic frl.experiment-specs, and resumes runs that have not ended.",
        exitCodeList = {
            "1:a service failed",
            "2:wrong usage; nothing was started",
            "75:another process uses this home",
            "130:stopped by Ctrl-C, its normal end"
        })
public final class UpCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Mixin
    EmbeddedOptions embedded = new EmbeddedOptions();

    public UpCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() throws Exception {
        CliContext context = global.context();
        Home home = global.home();
        EmbeddedOptions.requireWritable(context, home);
        var settings = embedded.settings(context, home);
        try (var session = Session.start(context, home, settings, true)) {
            String servers = session.cluster().bootstrapServers();
            context.out().println(servers);
            context.out().flush();
            session.say("Kafka listens on " + servers + ". Publish a spec from another terminal:");
            session.say("  frl submit FILE                # from this folder; elsewhere with --bootstrap " + servers);
            session.say(String.format(Locale.ROOT, "  kcat -P -b %s -t frl.experiment-specs -k NAME FILE", servers));
            session.say("Ctrl-C stops it. Progress is saved; the same command resumes.");
            while (!context.interrupt().requested()) {
                session.requireServices();
                Thread.sleep(200);
            }
            session.say("Stopping.");
        }
        return ExitCode.INTERRUPTED;
    }
}
