package dev.frl.cli.local;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Cluster;
import dev.frl.cli.context.Connections.Local;
import dev.frl.cli.context.Home;
import dev.frl.standalone.EmbeddedSettings;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Consumer;

/** Broker and services in this process, while a command needs them. */
public final class Session implements AutoCloseable {
    private final CliContext context;
    private final Local local;
    private final Logging logging;
    private final AutoCloseable announcement;

    private Session(CliContext context, Local local, Logging logging, AutoCloseable announcement) {
        this.context = context;
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
        context.err().println("Starting broker and services in this process; takes about 10 s.");
        Local local;
        try {
            local = context.connections().start(settings);
        } catch (RuntimeException | InterruptedException e) {
            logging.close();
            throw e;
        }
        try {
            return new Session(
                    context,
                    local,
                    logging,
                    LocalBroker.announce(home, local.cluster().bootstrapServers()));
        } catch (RuntimeException e) {
            local.close();
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
