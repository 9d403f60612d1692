package dev.frl.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The threads of one net, for engines. Each worker is a thread of its own, since native memory has homes: what one task leaves
 * open on a thread (a {@code PointerScope}, a workspace) the next must find there.
 */
public final class Workers implements AutoCloseable {
    /** Training has two passes, each at home on a thread. */
    private static final int LEAST = 2;

    private final List<ExecutorService> threads = new ArrayList<>();
    private final int parallel;
    private final Runnable atEnd;

    /**
     * @param name of the threads, before their numbers
     * @param parallel how many of them work at the same time
     * @param atStart runs first on each thread
     * @param atEnd runs last on each thread
     */
    public Workers(String name, int parallel, Runnable atStart, Runnable atEnd) {
        this.parallel = parallel;
        this.atEnd = atEnd;
        for (int i = 0; i < Math.max(LEAST, parallel); i++) {
            String numbered = name + "-" + i;
            threads.add(Executors.newSingleThreadExecutor(task -> {
                var thread = new Thread(
                        () -> {
                            atStart.run();
                            task.run();
                        },
                        numbered);
                thread.setDaemon(true);
                return thread;
            }));
        }
    }

    /** How many work at the same time. */
    public int parallel() {
        return parallel;
    }

    /**
     * Runs task i on worker i; not more tasks than workers. Results come in the tasks' order. Returns, or throws the first
     * failure, when all have ended: they use the same tensors.
     */
    public <T> List<T> all(List<Callable<T>> tasks) {
        var results = new ArrayList<T>();
        var running = new ArrayList<Future<T>>();
        RuntimeException failure = null;
        for (int i = 0; i < tasks.size(); i++) {
            running.add(threads.get(i).submit(tasks.get(i)));
            boolean last = i == tasks.size() - 1;
            while (!running.isEmpty() && (last || running.size() == parallel)) {
                try {
                    results.add(result(running.remove(0)));
                } catch (RuntimeException e) {
                    failure = failure == null ? e : failure;
                }
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    /** Runs a task on the first worker. */
    public <T> T one(Callable<T> task) {
        return all(List.of(task)).get(0);
    }

    private static <T> T result(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the net was at work", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        for (var thread : threads) {
            thread.execute(atEnd);
            thread.shutdown();
        }
    }
}
