package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.MissingTopicException;
import dev.frl.messaging.client.UnpreparedClusterException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
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
                        "test",
                        Map.of(),
                        READY,
                        (env, kafka, topics, meters) -> new Ended(CompletableFuture.completedFuture(null))))
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
            exitCode = ServiceProcess.run("test", Map.of(), READY, (env, kafka, topics, meters) -> new Ended(failure));
        } finally {
            System.setErr(before);
        }

        // Then
        assertThat(exitCode).isEqualTo(1);
        assertThat(errors.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("frl test: no more");
    }

    @Test
    void a_service_that_is_done_exits_with_the_code_of_its_work() {
        // Given
        var done = new Service() {
            @Override
            public CompletableFuture<Void> ended() {
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public int exitCode() {
                return 7;
            }

            @Override
            public void close() {}
        };

        // When
        int exitCode = ServiceProcess.run("test", Map.of(), READY, (env, kafka, topics, meters) -> done);

        // Then
        assertThat(exitCode).isEqualTo(7);
    }

    @Test
    void a_service_for_one_piece_of_work_exits_with_75_if_the_cluster_lacks_something_or_it_fails_itself() {
        // Given
        var failure = CompletableFuture.<Void>failedFuture(new IllegalStateException("no more"));

        // When
        int unprepared = ServiceProcess.run(
                "test",
                Map.of(),
                (kafka, topics) -> {
                    throw new UnpreparedClusterException("there is no topic t");
                },
                ServiceProcess.TRY_AGAIN,
                (env, kafka, topics, meters) -> new Ended(failure));
        int failed = ServiceProcess.run(
                "test", Map.of(), READY, ServiceProcess.TRY_AGAIN, (env, kafka, topics, meters) -> new Ended(failure));

        // Then
        assertThat(unprepared).isEqualTo(75);
        assertThat(failed).isEqualTo(75);
    }

    @Test
    void a_wrong_setting_exits_with_2() {
        assertThat(ServiceProcess.run("test", Map.of(), READY, (env, kafka, topics, meters) -> {
                    throw new IllegalArgumentException("FRL_THREADS is 0");
                }))
                .isEqualTo(2);
    }

    /** Kafka's clients throw a KafkaException that only says that they could not be made. */
    @Test
    void a_malformed_address_exits_with_2() {
        assertThat(ServiceProcess.run(
                        "test", Map.of("KAFKA_BOOTSTRAP_SERVERS", "nonsense"), READY, (env, kafka, topics, meters) -> {
                            Clients.producer(kafka, "test").close();
                            return new Ended(CompletableFuture.completedFuture(null));
                        }))
                .isEqualTo(2);
    }

    @Test
    void a_wrong_value_names_its_variable_and_a_message_of_kafka_the_variables_that_it_is_about() {
        // When
        String wrong = said(2, Map.of("KAFKA_LINGER_MS", "soon"), (kafka, topics) -> {});
        String together = said(
                2,
                Map.of("KAFKA_DELIVERY_TIMEOUT_MS", "1000", "KAFKA_REQUEST_TIMEOUT_MS", "5000"),
                (kafka, topics) -> {});

        // Then
        assertThat(wrong).isEqualToIgnoringNewLines("frl test: KAFKA_LINGER_MS is soon: Not a number of type LONG");
        assertThat(together).contains("KAFKA_DELIVERY_TIMEOUT_MS", "KAFKA_REQUEST_TIMEOUT_MS");
    }

    @Test
    void a_log_format_that_does_not_exist_exits_with_2_instead_of_logging_nothing() {
        // When
        String said = said(2, Map.of("FRL_LOG_FORMAT", "xml"), (kafka, topics) -> {});

        // Then
        assertThat(said).isEqualToIgnoringNewLines("frl test: FRL_LOG_FORMAT is xml; it must be text or json");
    }

    @Test
    void a_cluster_that_lacks_something_exits_with_1_before_the_service_starts() {
        // When
        String said = said(1, Map.of(), (kafka, topics) -> {
            throw new UnpreparedClusterException("there is no topic t");
        });

        // Then
        assertThat(said).isEqualToIgnoringNewLines("frl test: there is no topic t");
    }

    @Test
    void a_service_waits_for_topics_that_are_missing() {
        // Given
        var looks = new AtomicInteger();

        // When
        int exitCode = ServiceProcess.run(
                "test",
                Map.of(),
                (kafka, topics) -> {
                    if (looks.incrementAndGet() <= 3) {
                        throw new MissingTopicException(topics.runAssignments);
                    }
                },
                Duration.ofMillis(1),
                ServiceProcess.TRY_AGAIN,
                (env, kafka, topics, meters) -> new Ended(CompletableFuture.completedFuture(null)));

        // Then
        assertThat(exitCode).isZero();
        assertThat(looks).hasValue(4);
    }

    private static String said(int exitCode, Map<String, String> environment, ServiceProcess.Readiness readiness) {
        var errors = new ByteArrayOutputStream();
        var before = System.err;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            assertThat(ServiceProcess.run("test", environment, readiness, (env, kafka, topics, meters) -> {
                        Clients.producer(kafka, "test").close();
                        throw new AssertionError("started");
                    }))
                    .isEqualTo(exitCode);
        } finally {
            System.setErr(before);
        }
        return errors.toString(StandardCharsets.UTF_8);
    }
}
