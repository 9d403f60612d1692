package dev.frl.cli.local;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.Connections;
import dev.frl.cli.context.Connections.Local;
import dev.frl.cli.context.Home;
import dev.frl.standalone.EmbeddedSettings;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** Broker and services in this process, while a command needs them. */
public final class Session implements AutoCloseable {
    private static final int MOST_LINES = 10;

    private final CliContext context;
    private final Home home;
    private final Local local;
    private final Logging logging;
    private final AutoCloseable announcement;

    private Session(CliContext context, Home home, Local local, Logging logging, AutoCloseable announcement) {
        this.context = context;
        this.home = home;
        this.local = local;
        this.logging = logging;
        this.announcement = announcement;
    }

    /**
     * @param verbose whether the services also log to stderr; they log to the file in any case
     * @throws CliException temporary if another process uses this home
     */
    public static Session start(CliContext context, Home home, EmbeddedSettings settings, boolean verbose)
            throws InterruptedException {
        return start(context, home, verbose, "services", connections -> connections.start(settings));
    }

    /**
     * The same with recorders only.
     *
     * @throws CliException temporary if another process uses this home
     */
    public static Session startRecorders(CliContext context, Home home, EmbeddedSettings settings)
            throws InterruptedException {
        return start(context, home, false, "recorders", connections -> connections.startRecorders(settings));
    }

    private interface Start {
        Local with(Connections connections) throws InterruptedException;
    }

    private static Session start(CliContext context, Home home, boolean verbose, String services, Start start)
            throws InterruptedException {
        LocalBroker.running(home).ifPresent(other -> {
            throw CliException.temporary(
                    String.format(
                            Locale.ROOT,
                            "process %d uses %s; wait until it ends, publish to it with `frl submit`, or choose another --home",
                            other.pid(),
                            context.shown(home.path())),
                    null);
        });
        var logging = Logging.toFile(home.log(), verbose, context.err()::println);
        context.err().printf(Locale.ROOT, "Starting broker and %s in this process; takes about 10 s.%n", services);
        Local local;
        try {
            local = start.with(context.connections());
        } catch (RuntimeException | InterruptedException | Error e) {
            logging.close();
            throw e;
        }
        try {
            return new Session(
                    context,
                    home,
                    local,
                    logging,
                    LocalBroker.announce(home, local.cluster().bootstrapServers()));
        } catch (RuntimeException | Error e) {
            local.close();
            logging.close();
            throw e;
        }
    }

    public Cluster cluster() {
        return local.cluster();
    }

    /** @throws CliException failed if a service ended by itself: without it no run ends */
    public void requireServices() {
        local.failure().ifPresent(why -> {
            throw CliException.failed(String.format(
                    Locale.ROOT, "%s. Progress is saved; the log has the details, and the same command resumes", why));
        });
    }

    /** Prints a line of progress. */
    public void say(String line) {
        context.err().println(line);
    }

    /** Sets the printer for warnings of the services. */
    public void warnThrough(Consumer<String> printer) {
        logging.warnThrough(printer);
    }

    /** Waits until the recorder has recorded every event. @return false after the time limit or an interrupt */
    public boolean awaitRecorded(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!local.recorded()) {
            if (System.nanoTime() > deadline || context.interrupt().requested()) {
                return false;
            }
            Thread.sleep(100);
        }
        return true;
    }

    /** What the recorders cannot record now, a line each with the reason; empty if they can record everything. */
    public List<String> unrecorded() {
        return local.unrecorded();
    }

    /** Prints what is not recorded, why, and how to record it later. */
    public void tellUnrecorded() {
        var lines = unrecorded();
        say(lines.isEmpty() ? "Not all results are recorded yet." : "Not recorded yet:");
        lines.stream().limit(MOST_LINES).forEach(line -> say("  " + line));
        if (lines.size() > MOST_LINES) {
            say(String.format(Locale.ROOT, "  and %d more", lines.size() - MOST_LINES));
        }
        say(String.format(
                Locale.ROOT,
                "The run log of this home keeps them. To record them later: frl record --home %s. Log: %s",
                context.shown(home.path()),
                context.shown(home.log())));
    }

    @Override
    public void close() {
        logging.warnThrough(context.err()::println);
        try {
            announcement.close();
        } catch (Exception e) {
            context.err().println("frl: " + e.getMessage());
        }
        local.close();
        logging.close();
    }
}
