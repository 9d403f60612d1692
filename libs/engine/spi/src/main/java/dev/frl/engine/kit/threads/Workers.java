package dev.frl.engine.kit.threads;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;

/**
 * The threads of one net, for engines. Each worker is a thread of its own, since native memory has homes: what one task leaves
 * open on a thread (a {@code PointerScope}, a workspace) the next must find there.
 */
public final class Workers implements AutoCloseable {
    private final String name;
    private final int parallel;
    private final Runnable atStart;
    private final Runnable atEnd;
    private final Semaphore turns;

    /** As many as the most tasks there ever were at once. */
    private final List<ExecutorService> threads = new ArrayList<>();

    /**
     * @param name of the threads, before their numbers
     * @param parallel how many of them work at the same time
     * @param atStart runs first on each thread
     * @param atEnd runs last on each thread
     */
    public Workers(String name, int parallel, Runnable atStart, Runnable atEnd) {
        this.name = name;
        this.parallel = parallel;
        this.atStart = atStart;
        this.atEnd = atEnd;
        this.turns = new Semaphore(parallel);
    }

    private ExecutorService start(String numbered) {
        return Executors.newSingleThreadExecutor(task -> {
            var thread = new Thread(
                    () -> {
                        atStart.run();
                        task.run();
                    },
                    numbered);
            thread.setDaemon(true);
            return thread;
        });
    }

    /** How many work at the same time. */
    public int parallel() {
        return parallel;
    }

    /**
     * Runs task i on worker i, {@link #parallel} of them at the same time. Results come in the tasks' order. Returns, or
     * throws the first failure, when all have ended: they use the same tensors.
     */
    public <T> List<T> all(List<Callable<T>> tasks) {
        var running = new ArrayList<Future<T>>();
        for (int i = 0; i < tasks.size(); i++) {
            if (i == threads.size()) {
                threads.add(start(name + "-" + i));
            }
            running.add(threads.get(i).submit(inTurn(tasks.get(i))));
        }
        var results = new ArrayList<T>();
        RuntimeException failure = null;
        for (var future : running) {
            try {
                results.add(result(future));
            } catch (RuntimeException e) {
                failure = failure == null || failure instanceof AllReduce.Abandoned ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    private <T> Callable<T> inTurn(Callable<T> task) {
        return () -> {
            turns.acquireUninterruptibly();
            try {
                return task.call();
            } finally {
                turns.release();
            }
        };
    }

    /** For as many tasks of the next {@link #all}. */
    public AllReduce allReduce(int parts) {
        return new AllReduce(parts, turns);
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
