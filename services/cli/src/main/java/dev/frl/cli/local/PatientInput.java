package dev.frl.cli.local;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Standard input, or a file that may be a pipe. Opening a pipe waits for its writer, and no signal ends that in Java, so another
 * thread opens and reads it.
 */
public final class PatientInput {
    private static final long POLL_MS = 100;

    /** Programs that write specs have started by then. */
    private static final int POLLS_IN_SILENCE = 50;

    private PatientInput() {}

    /**
     * Reads to the end, and says so if that takes long.
     *
     * @param named what is read, in messages
     * @param atMost bytes
     * @throws CliException interrupted, if the user ends the wait
     */
    public static byte[] read(CliContext context, String named, Callable<InputStream> input, int atMost)
            throws IOException {
        var task = new FutureTask<>(() -> {
            try (var in = input.call()) {
                return in.readNBytes(atMost);
            }
        });
        var reader = new Thread(task, "input");
        reader.setDaemon(true);
        reader.start();
        for (int poll = 0; ; poll++) {
            try {
                return task.get(POLL_MS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (context.interrupt().requested()) {
                    throw CliException.interrupted(
                            String.format(Locale.ROOT, "interrupted while waiting for the end of %s", named));
                }
                if (poll == POLLS_IN_SILENCE) {
                    context.err().printf(Locale.ROOT, "frl: waiting for the end of %s; Ctrl-C ends the wait%n", named);
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw CliException.interrupted("interrupted");
            } catch (ExecutionException e) {
                if (e.getCause() instanceof IOException io) {
                    throw io;
                }
                if (e.getCause() instanceof Error error) { // such as full memory
                    throw error;
                }
                throw new IllegalStateException("reading a file throws no other exception", e.getCause());
            }
        }
    }
}
