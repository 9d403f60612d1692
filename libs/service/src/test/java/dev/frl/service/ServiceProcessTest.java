package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.client.Clients;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ServiceProcessTest {
    private record Ended(CompletableFuture<Void> ended) implements Service {
        @Override
        public void close() {}
    }

    private static final ServiceProcess.Readiness READY = (kafka, topics) -> {};

    @Test
    void a_service_that_was_stopped_exits_with_0() {
        assertThat(ServiceProcess.run(
                        "test", Map.of(), READY, (env, kafka, topics) -> new Ended(CompletableFuture.completedFuture(null))))
                .isZero();
    }

    @Test
    void a_service_that_failed_exits_with_1_and_says_why() {
        // Given
        var failure = CompletableFuture.<Void>failedFuture(new IllegalStateException("no more"));

        // When
        var errors = new ByteArrayOutputStream();
        var before = System.err;
        int exitCode;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            exitCode = ServiceProcess.run("test", Map.of(), READY, (env, kafka, topics) -> new Ended(failure));
        } finally {
            System.setErr(before);
        }

        // Then
        assertThat(exitCode).isEqualTo(1);
        assertThat(errors.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("frl test: no more");
    }

    @Test
    void a_wrong_setting_exits_with_2() {
        assertThat(ServiceProcess.run("test", Map.of(), READY, (env, kafka, topics) -> {
                    throw new IllegalArgumentException("FRL_THREADS is 0");
                }))
                .isEqualTo(2);
    }

    /** Kafka's clients throw a KafkaException that only says that they could not be made. */
    @Test
    void a_malformed_address_exits_with_2() {
        assertThat(ServiceProcess.run("test", Map.of("KAFKA_BOOTSTRAP_SERVERS", "nonsense"), READY, (env, kafka, topics) -> {
                    Clients.producer(kafka, "test").close();
                    return new Ended(CompletableFuture.completedFuture(null));
                }))
                .isEqualTo(2);
    }
}
