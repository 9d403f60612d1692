package dev.frl.cli;

import dev.frl.standalone.EmbeddedSettings;

import dev.frl.cli.Connections.Local;
import java.time.Duration;
import java.util.function.Consumer;

/** Broker and services in this process, for as long as a command needs them. */
final class Session implements AutoCloseable {
    private final World world;
    private final Local local;
    private final Logging logging;
    private final AutoCloseable announcement;

    private Session(World world, Local local, Logging logging, AutoCloseable announcement) {
        this.world = world;
        this.local = local;
        this.logging = logging;
        this.announcement = announcement;
    }

    /**
     * @param story whether the services tell what they do on stderr; it is in the log file in any case
     * @throws CliException temporary if another process uses this home
     */
    static Session start(World world, Home home, EmbeddedSettings settings, boolean story) throws InterruptedException {
        LocalBroker.running(home).ifPresent(other -> {
            throw CliException.temporary(
                    "process %d uses %s; wait until it ends, publish to it with `frl submit`, or choose another --home"
                            .formatted(other.pid(), world.shown(home.path())),
                    null);
        });
        var logging = Logging.toFile(home.log(), story, world.err()::println);
        world.err().println("Starting broker and services in this process, some 10 s.");
        Local local;
        try {
            local = world.connections().start(settings);
        } catch (RuntimeException | InterruptedException e) {
            logging.close();
            throw e;
        }
        try {
            return new Session(
                    world,
                    local,
                    logging,
                    LocalBroker.announce(home, local.cluster().bootstrapServers()));
        } catch (RuntimeException e) {
            local.close();
            throw e;
        }
    }

    Cluster cluster() {
        return local.cluster();
    }

    /** Prints a line about what is being done. */
    void say(String line) {
        world.err().println(line);
    }

    /** Who prints warnings of the services from now on. */
    void warnThrough(Consumer<String> printer) {
        logging.warnThrough(printer);
    }

    /** Waits until everything is recorded. @return false if it took longer */
    boolean awaitRecorded(Duration atMost) throws InterruptedException {
        long deadline = System.nanoTime() + atMost.toNanos();
        while (!local.recorded()) {
            if (System.nanoTime() > deadline || world.stop().requested()) {
                return false;
            }
            Thread.sleep(100);
        }
        return true;
    }

    @Override
    public void close() {
        logging.warnThrough(world.err()::println);
        try {
            announcement.close();
        } catch (Exception e) {
            world.err().println("frl: " + e.getMessage());
        }
        local.close();
        logging.close();
    }
}
