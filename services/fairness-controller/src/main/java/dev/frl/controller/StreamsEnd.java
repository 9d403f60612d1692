package dev.frl.controller;

import dev.frl.core.failure.FileTrouble;
import dev.frl.service.BrokerRefusal;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a Streams application ends: replaces threads that die, a limited number of times, and keeps the cause of the end. A topic
 * that is missing, refuses records or has other partitions, a right, or a state folder that cannot be written ends it at once: no thread could go on.
 */
final class StreamsEnd implements StreamsUncaughtExceptionHandler {
    /** After so many replaced threads, the cause is one that a restart does not mend. */
    static final int MAX_REPLACED_THREADS = 10;

    private static final Logger log = LoggerFactory.getLogger(StreamsEnd.class);

    /** A thread that was replaced needs some time to die again. */
    private static final Duration RECENT = Duration.ofMinutes(2);

    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final LongSupplier nanos;
    private final UnaryOperator<Throwable> explain;
    private int deaths;
    private long lastDeath;
    private @Nullable Throwable cause;

    /** @param explain gives the reason why a topic is missing or a folder cannot be written, from the exception of Streams */
    StreamsEnd(UnaryOperator<Throwable> explain) {
        this(explain, System::nanoTime);
    }

    /** @param nanos time in nanoseconds, from any origin */
    StreamsEnd(UnaryOperator<Throwable> explain, LongSupplier nanos) {
        this.explain = explain;
        this.nanos = nanos;
    }

    /** Called on the thread that dies. Throws nothing: Streams would stay in the state RUNNING, without a thread. */
    @Override
    public synchronized StreamThreadExceptionResponse handle(Throwable error) {
        try {
            return judge(error);
        } catch (RuntimeException | Error e) { // such as a class that cannot be loaded any more
            if (e != error) {
                error.addSuppressed(e);
            }
            cause = error;
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        }
    }

    private StreamThreadExceptionResponse judge(Throwable error) {
        boolean refused = isRefused(error);
        boolean lasting = refused
                || isOfTopic(error)
                || isOfPartitions(error)
                || error instanceof MissingSourceTopicException
                || FileTrouble.find(error).isPresent();
        cause = lasting && !refused ? explain.apply(error) : error;
        deaths++;
        lastDeath = nanos.getAsLong();
        boolean replace = deaths <= MAX_REPLACED_THREADS && !lasting;
        log.atError()
                .addKeyValue("deaths", deaths)
                .addKeyValue("reason", cause.getMessage())
                .setCause(lasting ? null : cause) // the reason says all; the code is not to blame
                .log(replace ? "a stream thread died; it is replaced" : "a stream thread died; the controller stops");
        return replace ? StreamThreadExceptionResponse.REPLACE_THREAD : StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }

    /** Why the application cannot be relied on, although it runs: a thread died a short while ago. Empty otherwise. */
    synchronized Optional<String> trouble() {
        var last = cause;
        return last == null || nanos.getAsLong() - lastDeath > RECENT.toNanos()
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "stream threads die: %d so far, after %d more the controller ends; the last: %s",
                        deaths,
                        Math.max(0, MAX_REPLACED_THREADS + 1 - deaths),
                        last.getMessage()));
    }

    /** Whether the brokers refuse this client, which no other thread changes. */
    private static boolean isRefused(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (e instanceof AuthorizationException || e instanceof AuthenticationException) {
                return true;
            }
        }
        return false;
    }

    /** Whether a topic does not take what the controller writes. */
    static boolean isOfTopic(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (BrokerRefusal.isOfTopic(e)) {
                return true;
            }
        }
        return false;
    }

    /** Whether somebody gave a topic more partitions. Streams says so only in its text, and advises a tool that deletes the state. */
    private static boolean isOfPartitions(Throwable error) {
        for (Throwable e = error; e != null; e = e.getCause()) {
            if (e instanceof StreamsException && String.valueOf(e.getMessage()).contains("has invalid partitions")) {
                return true;
            }
        }
        return false;
    }

    /** Called when the application enters a state. */
    synchronized void entered(State state) {
        if (state == State.NOT_RUNNING) {
            stopped();
        } else if (state == State.ERROR) {
            var why = cause == null ? new IllegalStateException("Kafka Streams stopped without a cause") : cause;
            log.atError()
                    .addKeyValue("deaths", deaths)
                    .addKeyValue("reason", why.toString())
                    .log("controller failed");
            ended.completeExceptionally(why);
        }
    }

    /** Called when the application was closed. */
    void stopped() {
        ended.complete(null);
    }

    /** Completes when the application has ended: exceptionally, with the cause of the last thread's death, if it failed. */
    CompletableFuture<Void> ended() {
        return ended;
    }
}
