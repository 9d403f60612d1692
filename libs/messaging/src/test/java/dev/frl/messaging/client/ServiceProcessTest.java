package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class ServiceProcessTest {
    private record Ended(CompletableFuture<Void> ended) implements ServiceProcess.Service {
        @Override
        public void close() {}
    }

    @Test
    void a_service_that_was_stopped_ends_with_0() {
        assertThat(ServiceProcess.run(
                        "test", Map.of(), (env, kafka) -> new Ended(CompletableFuture.completedFuture(null))))
                .isZero();
    }

    @Test
    void a_service_that_gave_up_ends_with_1() {
        var failure = CompletableFuture.<Void>failedFuture(new IllegalStateException("no more"));
        assertThat(ServiceProcess.run("test", Map.of(), (env, kafka) -> new Ended(failure)))
                .isEqualTo(1);
    }

    @Test
    void a_wrong_setting_ends_with_2() {
        assertThat(ServiceProcess.run("test", Map.of(), (env, kafka) -> {
                    throw new IllegalArgumentException("FRL_THREADS is 0");
                }))
                .isEqualTo(2);
    }

    /** Kafka's clients throw a KafkaException that only says that they could not be made. */
    @Test
    void an_address_that_is_none_ends_with_2() {
        assertThat(ServiceProcess.run("test", Map.of("KAFKA_BOOTSTRAP_SERVERS", "nonsense"), (env, kafka) -> {
                    Clients.producer(kafka, "test").close();
                    return new Ended(CompletableFuture.completedFuture(null));
                }))
                .isEqualTo(2);
    }
}
