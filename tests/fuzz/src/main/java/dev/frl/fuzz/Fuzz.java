package dev.frl.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a test with many seeds. A failure names its seed. {@code scripts/fuzz} sets the system properties: how many mutations, or
 * for how many seconds, and the first seed.
 */
public final class Fuzz {
    private static final String MUTATIONS = "frl.fuzz.mutations";
    private static final String SECONDS = "frl.fuzz.seconds";
    private static final String FIRST_SEED = "frl.fuzz.seed";

    /** Far longer than anything takes, on any machine. */
    private static final Duration HANGS = Duration.ofMinutes(3);

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Fuzz() {}

    /** One mutation. */
    @FunctionalInterface
    public interface Target {
        /** @param random decides everything that is drawn */
        void run(SplittableRandom random) throws Exception;
    }

    /**
     * @param subject name in failures
     * @param mutations how many, unless the system properties say otherwise
     * @param bytes most that one mutation may allocate
     * @throws AssertionError if the target throws, does not end, or allocates more
     */
    public static void run(String subject, int mutations, long bytes, Target target) {
        long first = Long.getLong(FIRST_SEED, 0);
        long count = Integer.getInteger(MUTATIONS, mutations);
        long seconds = Long.getLong(SECONDS, 0);
        var worker = Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(task, "fuzz " + subject);
            thread.setDaemon(true);
            return thread;
        });
        try {
            long begun = System.nanoTime();
            long i = 0;
            for (; seconds > 0 ? System.nanoTime() - begun < seconds * 1_000_000_000L : i < count; i++) {
                long seed = first + i;
                once(String.format(Locale.ROOT, "%s, seed %d", subject, seed), seed, bytes, target, worker);
            }
            if (System.getProperty(FIRST_SEED) != null) { // scripts/fuzz shows it
                System.out.printf(
                        Locale.ROOT,
                        "fuzz: %s: %d mutations in %d s%n",
                        subject,
                        i,
                        Duration.ofNanos(System.nanoTime() - begun).toSeconds());
            }
        } finally {
            worker.shutdownNow();
        }
    }

    private static void once(String name, long seed, long bytes, Target target, ExecutorService worker) {
        long allocated = allocated(name, seed, target, worker);
        if (allocated > bytes) {
            allocated = allocated(name, seed, target, worker); // the first time, classes are loaded
        }
        if (allocated > bytes) {
            throw new AssertionError(
                    String.format(Locale.ROOT, "%s: %,d bytes allocated, more than %,d", name, allocated, bytes));
        }
    }

    private static long allocated(String name, long seed, Target target, ExecutorService worker) {
        var run = worker.submit(() -> {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            target.run(new SplittableRandom(seed));
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        });
        try {
            return run.get(HANGS.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new AssertionError(name, e.getCause());
        } catch (TimeoutException e) {
            throw new AssertionError(name + ": does not end", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(name + ": interrupted", e);
        }
    }
}
