package dev.frl.service;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;

/** Asks the brokers whether they answer. An answer is kept for a few seconds, however often it is asked for. */
final class BrokerProbe implements AutoCloseable {
    static final Duration KEPT = Duration.ofSeconds(5);
    private static final Duration PATIENCE = Duration.ofSeconds(2);
    private static final Duration CLOSING = Duration.ofMillis(200);

    private final String servers;
    private final Supplier<Admin> admins;
    private final LongSupplier nanos;
    private @Nullable Admin admin;
    private @Nullable Optional<String> answer;
    private long answeredAt;

    /**
     * @param servers addresses of the brokers, for the message
     * @param admins opens a client, with the first question
     * @param nanos time in nanoseconds, from any origin
     */
    BrokerProbe(String servers, Supplier<Admin> admins, LongSupplier nanos) {
        this.servers = servers;
        this.admins = admins;
        this.nanos = nanos;
    }

    /** Why the brokers cannot be used, and what to do; empty if they answer. */
    synchronized Optional<String> trouble() {
        var kept = answer;
        if (kept != null && nanos.getAsLong() - answeredAt < KEPT.toNanos()) {
            return kept;
        }
        var asked = ask();
        answer = asked;
        answeredAt = nanos.getAsLong();
        return asked;
    }

    private Optional<String> ask() {
        try {
            if (admin == null) {
                admin = admins.get();
            }
            var options = new DescribeClusterOptions().timeoutMs((int) PATIENCE.toMillis());
            admin.describeCluster(options).nodes().get(2 * PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return Optional.empty();
        } catch (TimeoutException e) {
            return absent("no response");
        } catch (ExecutionException e) {
            return absent(reason(e.getCause() == null ? e : e.getCause()));
        } catch (KafkaException e) { // no client could be made; its cause says why
            return absent(reason(e.getCause() == null ? e : e.getCause()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return absent("interrupted");
        }
    }

    private static String reason(Throwable error) {
        return error.getMessage() == null ? error.toString() : error.getMessage();
    }

    private Optional<String> absent(String reason) {
        return Optional.of(String.format(
                Locale.ROOT,
                "no broker answers at %s (%s): start the brokers, or correct KAFKA_BOOTSTRAP_SERVERS",
                servers,
                reason));
    }

    @Override
    public synchronized void close() {
        if (admin != null) {
            admin.close(CLOSING);
        }
    }
}
