package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.MissingTopicException;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.ServiceProcess.Readiness;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ServiceProcessTest {
    private record Ended(CompletableFuture<Void> ended) implements Service {
        @Override
        public void close() {}
    }

    private static final ServiceProcess.Readiness READY = (kafka, topics) -> {};
    private static final ServiceProcess.Manner ONCE = ServiceProcess.Manner.once(Duration.ofHours(1));
    private static final ServiceProcess.Settings NEVER_STARTED = (env, meters) -> (kafka, topics) -> {
        throw new AssertionError("started");
    };

    @Test
    void a_service_that_was_stopped_exits_with_0() {
        assertThat(ServiceProcess.run(
                        "test",
                        Map.of(),
                        READY,
                        (env, meters) -> (kafka, topics) -> new Ended(CompletableFuture.completedFuture(null))))
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
            exitCode =
                    ServiceProcess.run("test", Map.of(), READY, (env, meters) -> (kafka, topics) -> new Ended(failure));
        } finally {
            System.setErr(before);
        }

        // Then
        assertThat(exitCode).isEqualTo(1);
        assertThat(errors.toString(StandardCharsets.UTF_8)).isEqualToIgnoringNewLines("frl test: no more");
    }

    /** Kafka's consumers would wait for it for ever. */
    @Test
    void a_service_whose_topic_is_deleted_while_it_runs_ends_and_says_so() {
        // Given
        var looks = new AtomicInteger();
        var deleted = new Readiness() {
            @Override
            public void await(KafkaSettings kafka, Topics topics) {}

            @Override
            public void look(KafkaSettings kafka, Topics topics) {
                if (looks.incrementAndGet() != 2) { // once is not enough
                    throw new MissingTopicException(topics.runLog);
                }
            }
        };
        var errors = new ByteArrayOutputStream();
        var before = System.err;
        int exitCode;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));

        // When
        try {
            exitCode = ServiceProcess.run(
                    "test",
                    Map.of(),
                    deleted,
                    new ServiceProcess.Manner(1, null, Duration.ofMillis(1)),
                    (env, meters) -> (kafka, topics) -> new Ended(new CompletableFuture<>()));
        } finally {
            System.setErr(before);
        }

        // Then
        assertThat(exitCode).isEqualTo(1);
        assertThat(looks).hasValue(4);
        assertThat(errors.toString(StandardCharsets.UTF_8)).contains("frl test: ", "frl.run-log", "frl topics create");
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
        int exitCode = ServiceProcess.run("test", Map.of(), READY, (env, meters) -> (kafka, topics) -> done);

        // Then
        assertThat(exitCode).isEqualTo(7);
    }

    @Test
    void a_service_for_one_piece_of_work_exits_with_69_if_the_cluster_lacks_something_or_it_fails_itself() {
        // Given
        var failure = CompletableFuture.<Void>failedFuture(new IllegalStateException("no more"));

        // When
        int unprepared = ServiceProcess.run(
                "test",
                Map.of(),
                (kafka, topics) -> {
                    throw new UnpreparedClusterException("there is no topic t");
                },
                ONCE,
                (env, meters) -> (kafka, topics) -> new Ended(failure));
        int failed = ServiceProcess.run(
                "test", Map.of(), READY, ONCE, (env, meters) -> (kafka, topics) -> new Ended(failure));

        // Then
        assertThat(unprepared).isEqualTo(69);
        assertThat(failed).isEqualTo(69);
    }

    @Test
    void a_wrong_setting_exits_with_2() {
        assertThat(ServiceProcess.run("test", Map.of(), READY, (env, meters) -> (kafka, topics) -> {
                    throw new IllegalArgumentException("FRL_THREADS is 0");
                }))
                .isEqualTo(2);
    }

    /** Kafka's clients throw a KafkaException that only says that they could not be made. */
    @Test
    void a_malformed_address_exits_with_2() {
        assertThat(ServiceProcess.run(
                        "test",
                        Map.of("KAFKA_BOOTSTRAP_SERVERS", "nonsense"),
                        READY,
                        (env, meters) -> (kafka, topics) -> {
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
    void a_store_that_cannot_be_used_ends_the_service_with_its_line_while_settings_are_read() {
        // Given
        ServiceProcess.Settings refused = (environment, telemetry) -> {
            throw new UnpreparedClusterException("checkpoints in s3://b cannot be used: there are no credentials");
        };

        // When
        String said = said(1, Map.of(), READY, refused);
        int once = ServiceProcess.run("test", Map.of(), READY, ONCE, refused);

        // Then
        assertThat(said)
                .isEqualToIgnoringNewLines("frl test: checkpoints in s3://b cannot be used: there are no credentials");
        assertThat(once).isEqualTo(69);
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
    void all_wrong_settings_are_told_at_once_before_a_broker_is_waited_for(@TempDir Path folder) throws Exception {
        // Given
        var environment = Map.of(
                "FRL_LOG_FORMAT", "xml",
                "FRL_HEALTH_PORT", "eighty",
                "KAFKA_LINGER_MS", "soon",
                "FRL_THREADS", "many");

        // When
        String said = said(
                2,
                environment,
                (kafka, topics) -> {
                    throw new AssertionError("waited");
                },
                (env, meters) -> {
                    throw new IllegalArgumentException("FRL_THREADS is " + env.get("FRL_THREADS"));
                });
        String missing = said(
                2,
                Map.of(
                        "MLFLOW_TRACKING_PASSWORD_FILE",
                                folder.resolve("nowhere").toString(),
                        "KAFKA_SASL_JAAS_CONFIG_FILE", folder.toString()),
                (kafka, topics) -> {});

        // Then
        assertThat(said)
                .contains(
                        "FRL_LOG_FORMAT is xml",
                        "FRL_HEALTH_PORT is eighty",
                        "KAFKA_LINGER_MS is soon",
                        "FRL_THREADS is many")
                .hasLineCount(1);
        assertThat(missing)
                .contains("MLFLOW_TRACKING_PASSWORD_FILE: ", "there is no such file", "KAFKA_SASL_JAAS_CONFIG_FILE: ")
                .hasLineCount(1);
    }

    @Test
    void secrets_are_read_from_files_and_line_ends_do_not_count(@TempDir Path folder) throws Exception {
        // Given
        var file = Files.writeString(folder.resolve("secret"), "hunter2\r\n");
        var certificate =
                Files.writeString(folder.resolve("ca"), "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n");

        // When
        var read = SecretFiles.read(Map.of(
                "MLFLOW_TRACKING_TOKEN_FILE", file.toString(),
                "KAFKA_SSL_KEY_PASSWORD_FILE", file.toString(),
                "KAFKA_SSL_TRUSTSTORE_CERTIFICATES_FILE", certificate.toString(),
                "KAFKA_SASL_OAUTHBEARER_ASSERTION_FILE", "a setting of Kafka",
                "AWS_WEB_IDENTITY_TOKEN_FILE", "a setting of AWS"));

        // Then
        assertThat(read)
                .isEqualTo(Map.of(
                        "MLFLOW_TRACKING_TOKEN", "hunter2",
                        "KAFKA_SSL_KEY_PASSWORD", "hunter2",
                        "KAFKA_SSL_TRUSTSTORE_CERTIFICATES",
                                "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----",
                        "KAFKA_SASL_OAUTHBEARER_ASSERTION_FILE", "a setting of Kafka",
                        "AWS_WEB_IDENTITY_TOKEN_FILE", "a setting of AWS"));
        assertThatThrownBy(() -> SecretFiles.read(
                        Map.of("MLFLOW_TRACKING_TOKEN_FILE", file.toString(), "MLFLOW_TRACKING_TOKEN", "hunter3")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("MLFLOW_TRACKING_TOKEN and MLFLOW_TRACKING_TOKEN_FILE are both set; unset one");
    }

    @Test
    void an_error_while_the_service_starts_ends_the_process_with_one_line() {
        // When
        String library = said(1, Map.of(), READY, (env, meters) -> {
            throw new UnsatisfiedLinkError("libjnind4jcpu.so: cannot open");
        });
        String memory = said(1, Map.of(), READY, (env, meters) -> (kafka, topics) -> {
            throw new OutOfMemoryError("Java heap space");
        });

        // Then
        assertThat(library)
                .contains("a library does not load: libjnind4jcpu.so", "frl doctor")
                .hasLineCount(1);
        assertThat(memory)
                .contains("out of memory (Java heap space)", "FRL_HEAP")
                .hasLineCount(1);
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
                new ServiceProcess.Manner(1, Duration.ofHours(1), Duration.ofMillis(1)),
                (env, meters) -> (kafka, topics) -> new Ended(CompletableFuture.completedFuture(null)));

        // Then
        assertThat(exitCode).isZero();
        assertThat(looks).hasValue(4);
    }

    @Test
    void a_service_for_one_piece_of_work_waits_for_brokers_and_topics_no_longer_than_its_patience() {
        // Given
        var impatient = new ServiceProcess.Manner(69, Duration.ofMillis(1), Duration.ofMillis(1));
        var brief = new ServiceProcess.Manner(69, Duration.ofSeconds(3), Duration.ofMillis(1));

        // When
        var silent = said(69, Map.of(), (kafka, topics) -> new CountDownLatch(1).await(), impatient, NEVER_STARTED);
        var missing = said(
                69,
                Map.of(),
                (kafka, topics) -> {
                    throw new MissingTopicException(topics.runAssignments);
                },
                brief,
                NEVER_STARTED);

        // Then
        assertThat(silent)
                .isEqualToIgnoringNewLines(
                        "frl test: gave up after 0 s: the brokers at localhost:9092 did not respond; look at them, and at"
                                + " KAFKA_BOOTSTRAP_SERVERS");
        assertThat(missing).contains("frl test: gave up after 3 s: ", "frl topics create");
    }

    private static String said(int exitCode, Map<String, String> environment, ServiceProcess.Readiness readiness) {
        return said(exitCode, environment, readiness, (env, meters) -> (kafka, topics) -> {
            Clients.producer(kafka, "test").close();
            throw new AssertionError("started");
        });
    }

    private static String said(
            int exitCode,
            Map<String, String> environment,
            ServiceProcess.Readiness readiness,
            ServiceProcess.Settings settings) {
        return said(exitCode, environment, readiness, ServiceProcess.Manner.SERVICE, settings);
    }

    private static String said(
            int exitCode,
            Map<String, String> environment,
            ServiceProcess.Readiness readiness,
            ServiceProcess.Manner manner,
            ServiceProcess.Settings settings) {
        var errors = new ByteArrayOutputStream();
        var before = System.err;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            assertThat(ServiceProcess.run("test", environment, readiness, manner, settings))
                    .isEqualTo(exitCode);
        } finally {
            System.setErr(before);
        }
        return errors.toString(StandardCharsets.UTF_8);
    }
}
