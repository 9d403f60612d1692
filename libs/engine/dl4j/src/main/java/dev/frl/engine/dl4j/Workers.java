package dev.frl.engine.dl4j;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The threads of one net. Whatever calls ND4J runs here. Each worker is a thread of its own, since DL4J's workspaces belong
 * to threads: the way back must run where the way forward ran.
 */
final class Workers implements AutoCloseable {
    /** Training has two graphs, each at home on a thread. */
    private static final int LEAST = 2;

    private final List<ExecutorService> threads = new ArrayList<>();
    private final int parallel;

    /** @param parallel how many of them work at the same time */
    Workers(int parallel) {
        this.parallel = parallel;
        for (int i = 0; i < Math.max(LEAST, parallel); i++) {
            String name = "frl-dl4j-" + i;
            threads.add(Executors.newSingleThreadExecutor(task -> {
                var thread = new Thread(
                        () -> {
                            Natives.keepOperationsOnThisThread();
                            task.run();
                        },
                        name);
                thread.setDaemon(true);
                return thread;
            }));
        }
    }

    int parallel() {
        return parallel;
    }

    /** Runs task i on worker i; not more tasks than workers. Results come in the tasks' order. */
    <T> List<T> all(List<Callable<T>> tasks) {
        var futures = new ArrayList<Future<T>>();
        var results = new ArrayList<T>();
        RuntimeException failure = null;
        for (int i = 0; i < tasks.size(); i++) {
            futures.add(threads.get(i).submit(tasks.get(i)));
            if (parallel == 1 || i == tasks.size() - 1) {
                for (var future : futures) { // all of them, even after a failure: they use the same buffers
                    try {
                        results.add(result(future));
                    } catch (RuntimeException e) {
                        failure = failure == null ? e : failure;
                    }
                }
                futures.clear();
            }
        }
        if (failure != null) {
            throw failure;
        }
        return results;
    }

    <T> T one(Callable<T> task) {
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
            thread.execute(() -> Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread());
            thread.shutdown();
        }
    }
}
