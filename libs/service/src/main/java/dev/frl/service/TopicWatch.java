package dev.frl.service;

import dev.frl.messaging.client.MissingTopicException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notices topics that are deleted while a service runs. Kafka's consumers wait for ever for such a topic, with a warning a second and
 * without the command; the service ends instead, and waits for the topic at its next start.
 */
final class TopicWatch implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(TopicWatch.class);

    private final CompletableFuture<Void> missing = new CompletableFuture<>();
    private final Callable<?> look;
    private final Duration pause;
    private final Thread thread;

    /** @param look throws MissingTopicException if a topic is missing; other failures do not count */
    TopicWatch(Callable<?> look, Duration pause) {
        this.look = look;
        this.pause = pause;
        this.thread = new Thread(this::run, "topic-watch");
        thread.setDaemon(true);
        thread.start();
    }

    /** Completes exceptionally, with the reason, when two looks one after the other have missed a topic. */
    CompletableFuture<Void> missing() {
        return missing;
    }

    private void run() {
        boolean missed = false; // once may be a broker that has just started
        try {
            while (!missing.isDone()) {
                Thread.sleep(pause.toMillis());
                try {
                    look.call();
                    missed = false;
                } catch (MissingTopicException e) {
                    if (missed) {
                        missing.completeExceptionally(e);
                    }
                    missed = true;
                } catch (InterruptedException e) {
                    throw e;
                } catch (Exception e) {
                    log.atDebug().setCause(e).log("not known whether all topics exist");
                }
            }
        } catch (InterruptedException e) {
            log.atTrace().log("the service ends");
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
