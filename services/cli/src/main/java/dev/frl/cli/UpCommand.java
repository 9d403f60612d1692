package dev.frl.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "up",
        header = "Run a broker and all services in this process until Ctrl-C.",
        description = "Takes specs from the topic frl.experiment-specs, and goes on with runs that have not ended.",
        exitCodeList = {
            "2:wrong usage; nothing was started",
            "75:another process uses this home",
            "130:interrupted, which is how it ends"
        })
final class UpCommand implements Callable<Integer> {
    private final Frl frl;

    @Mixin
    EmbeddedOptions embedded = new EmbeddedOptions();

    UpCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() throws Exception {
        World world = frl.world();
        Home home = frl.home();
        EmbeddedOptions.requireWritable(world, home);
        var settings = embedded.settings(world, home);
        try (var session = Session.start(world, home, settings, true)) {
            String servers = session.cluster().bootstrapServers();
            world.out().println(servers);
            world.out().flush();
            session.say("Kafka listens on " + servers + ". Publish a spec from another terminal:");
            session.say("  frl submit FILE                # from this folder; elsewhere with --bootstrap " + servers);
            session.say("  kcat -P -b %s -t frl.experiment-specs -k NAME FILE".formatted(servers));
            session.say("Ctrl-C stops it; nothing that was decided is lost.");
            while (!world.stop().requested()) {
                Thread.sleep(200);
            }
            session.say("Stopping.");
        }
        return ExitCode.INTERRUPTED;
    }
}
