package dev.frl.engine.kit.threads;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * The threads of one net. Worker i is always the same thread, because native memory is bound to threads: a {@code
 * PointerScope} or a workspace that one task leaves open must be there for the next task.
 */
public final class Workers implements AutoCloseable {
    private final String name;
    private final int parallel;
    private final Runnable atStart;
    private final Runnable atEnd;
    private final Semaphore permits;

    /** One for each worker that ever had a task. */
    private final List<ExecutorService> threads = new ArrayList<>();

    /**
     * @param name prefix of the names of the threads, before their numbers
     * @param parallel how many workers work at the same time
     * @param atStart runs first on each thread
     * @param atEnd runs last on each thread
     */
    public Workers(String name, int parallel, Runnable atStart, Runnable atEnd) {
        this.name = name;
        this.parallel = parallel;
        this.atStart = atStart;
        this.atEnd = atEnd;
        this.permits = new Semaphore(parallel);
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

    /** How many workers work at the same time. */
    public int parallel() {
        return parallel;
    }

    /**
     * Runs task i on worker i, {@link #parallel} of them at the same time. Results come in the order of the tasks. Tasks share
     * tensors, so this returns, or throws the first failure, only when all of them have ended.
     */
    public <T> List<T> all(List<Callable<T>> tasks) {
        var running = new ArrayList<Future<T>>();
        for (int i = 0; i < tasks.size(); i++) {
            if (i == threads.size()) {
                threads.add(start(name + "-" + i));
            }
            running.add(threads.get(i).submit(withPermit(tasks.get(i))));
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

    private <T> Callable<T> withPermit(Callable<T> task) {
        return () -> {
            permits.acquireUninterruptibly();
            try {
                return task.call();
            } finally {
                permits.release();
            }
        };
    }

    /** All-reduce for the next {@code parts} tasks of {@link #all}. */
    AllReduce allReduce(int parts) {
        return new AllReduce(parts, permits);
    }

    /** Runs a task on the first worker. */
    public <T> T one(Callable<T> task) {
        return all(List.of(task)).get(0);
    }

    /** Runs work on the first {@code count} workers; it gets the worker's number. */
    public void each(int count, IntConsumer work) {
        var tasks = new ArrayList<Callable<Boolean>>();
        for (int i = 0; i < count; i++) {
            int worker = i;
            tasks.add(() -> {
                work.accept(worker);
                return true;
            });
        }
        all(tasks);
    }

    /** Work on the elements from {@code from} to before {@code to}. */
    @FunctionalInterface
    public interface PieceTask {
        void on(int worker, int from, int to);
    }

    /**
     * Cuts {@code count} elements into pieces, which {@link #parallel} workers take one after the other: a worker that is held
     * up leaves more to the others.
     *
     * @param size elements in a piece, at least 1; the last one may be smaller
     */
    public void pieces(int count, int size, PieceTask work) {
        var next = new AtomicInteger();
        int pieces = (count + size - 1) / size;
        each(Math.min(parallel, pieces), worker -> {
            for (int at = next.getAndAdd(size); at < count; at = next.getAndAdd(size)) {
                work.on(worker, at, Math.min(count, at + size));
            }
        });
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
