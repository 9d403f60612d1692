package dev.frl.service;

import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;

/**
 * Whether this host allows as many threads as a process needs. Kafka's clients and brokers start theirs one after the other, and
 * some of them miss one without a word: the process then waits for ever.
 */
public final class HostThreads {
    /** Threads of a service besides those of Java: 14 were counted, of Kafka's clients and its own. */
    static final int OF_A_SERVICE = 24;

    /** Threads of broker and services in one process besides those of Java: 90 were counted. */
    public static final int OF_ALL = 110;

    private static final long SMALL_STACK = 256 << 10;

    private HostThreads() {}

    /**
     * Starts and ends as many threads, within some milliseconds.
     *
     * @throws OutOfMemoryError if the host allows fewer
     */
    public static void require(int number) {
        var end = new CountDownLatch(1);
        var started = new ArrayList<Thread>();
        try {
            for (int i = 0; i < number; i++) {
                var thread = new Thread(null, () -> await(end), "probe-" + i, SMALL_STACK);
                thread.setDaemon(true);
                thread.start();
                started.add(thread);
            }
        } finally {
            end.countDown();
            started.forEach(HostThreads::join);
        }
    }

    private static void await(CountDownLatch end) {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
