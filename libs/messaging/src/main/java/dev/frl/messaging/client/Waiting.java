package dev.frl.messaging.client;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.common.KafkaFuture;

/** Waits for brokers. */
final class Waiting {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Waiting() {}

    /** Something that is true sooner or later. */
    interface Condition {
        boolean holds() throws InterruptedException, ExecutionException, TimeoutException;
    }

    /** Waits for a condition: a change is visible only when it has reached the broker that answers. */
    static void until(Condition condition) throws InterruptedException, ExecutionException, TimeoutException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new TimeoutException();
            }
            Thread.sleep(50);
        }
    }

    static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
