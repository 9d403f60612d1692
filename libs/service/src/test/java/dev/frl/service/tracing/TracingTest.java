package dev.frl.service.tracing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.service.tracing.OtlpReceiver.Received;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class TracingTest {
    private static final Instant NOW = Instant.parse("2026-11-26T12:00:00Z");
    private static final String FOREIGN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private OtlpReceiver receiver;

    @BeforeEach
    void start() throws Exception {
        receiver = new OtlpReceiver();
    }

    @AfterEach
    void stop() {
        receiver.close();
    }

    /** Three processes, of which none is told the trace by another one. */
    @Test
    void an_epoch_is_one_trace_from_the_trainer_over_the_attacker_to_the_update() {
        // Given
        var announced = new RecordHeaders();
        var requested = new RecordHeaders();
        var attacked = new RecordHeaders();

        // When
        try (var trainer = open("frl-trainer")) {
            trainer.record("train", "small-1", 3, NOW, NOW.plusSeconds(2));
            put(trainer.begin("announce epoch", "small-1", 3, new RecordHeaders()), announced);
        }
        try (var controller = open("frl-controller")) {
            put(controller.begin("request shards", "small-1", 3, announced), requested);
        }
        try (var attacker = open("frl-attacker")) {
            put(attacker.beginShard("attack shard", "small-1", 3, 7, requested), attacked);
        }
        try (var controller = open("frl-controller")) { // after a restart
            put(controller.begin("fairness update", "small-1", 3, new RecordHeaders()), new RecordHeaders());
            controller.epochEnded("small@1", "small-1", 3, NOW);
        }

        // Then
        assertThat(receiver.spans())
                .extracting(Received::trace)
                .hasSize(6)
                .containsOnly(span("epoch").trace());
        assertThat(span("epoch").parent()).isEmpty();
        assertThat(span("train").parent()).isEqualTo(span("epoch").id());
        assertThat(span("announce epoch").parent()).isEqualTo(span("epoch").id());
        assertThat(span("request shards").parent())
                .isEqualTo(span("announce epoch").id());
        assertThat(span("attack shard").parent())
                .isEqualTo(span("request shards").id());
        assertThat(span("fairness update").parent()).isEqualTo(span("epoch").id());
        assertThat(text(attacked))
                .contains(span("epoch").trace(), span("attack shard").id());
        assertThat(span("attack shard").attributes())
                .containsOnly(
                        Map.entry("frl.run", "small-1"), Map.entry("frl.epoch", "3"), Map.entry("frl.shard", "7"));
        assertThat(span("attack shard").resource())
                .containsEntry("service.name", "frl-attacker")
                .containsKey("host.name");
        assertThat(Duration.ofNanos(span("train").endNanos() - span("train").startNanos()))
                .isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void the_ids_of_an_epoch_depend_on_run_and_epoch_only() {
        // When
        try (var one = open("a");
                var other = open("b")) {
            one.epochEnded("e", "run-1", 1, NOW);
            one.epochEnded("e", "run-1", 2, NOW);
            one.epochEnded("e", "run-2", 1, NOW);
            other.epochEnded("e", "run-1", 1, NOW);
        }

        // Then
        assertThat(receiver.spans().stream()
                        .map(span -> span.trace() + "/" + span.id())
                        .distinct())
                .hasSize(3);
    }

    @Test
    void an_epoch_links_to_the_one_before_and_to_its_experiment_which_links_to_the_sender_of_the_spec() {
        // When
        try (var controller = open("frl-controller")) {
            controller.admitted("small@1", headers(FOREIGN), NOW, NOW);
            controller.epochEnded("small@1", "run-1", 0, NOW);
            controller.epochEnded("small@1", "run-1", 1, NOW);
        }

        // Then
        var admitted = span("admit experiment");
        assertThat(admitted.links()).containsExactly("0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331");
        var epochs = receiver.spans().stream()
                .filter(span -> span.name().equals("epoch"))
                .toList();
        assertThat(epochs.get(0).links()).containsExactly(admitted.trace() + "/" + admitted.id());
        assertThat(epochs.get(1).links())
                .containsExactly(
                        admitted.trace() + "/" + admitted.id(),
                        epochs.get(0).trace() + "/" + epochs.get(0).id());
    }

    @Test
    void the_context_of_another_trace_is_linked_and_a_malformed_one_is_ignored() {
        // When
        try (var attacker = open("frl-attacker")) {
            attacker.begin("foreign", "run-1", 1, headers(FOREIGN)).close();
            attacker.begin("malformed", "run-1", 1, headers("00-nonsense")).close();
            attacker.begin("empty", "run-1", 1, new RecordHeaders().add("traceparent", null))
                    .close();
        }

        // Then
        assertThat(span("foreign").links()).hasSize(1);
        assertThat(receiver.spans())
                .extracting(Received::trace)
                .hasSize(3)
                .containsOnly(span("foreign").trace());
        assertThat(span("malformed").links()).isEmpty();
    }

    @Test
    void a_message_has_the_header_of_its_last_sender() {
        // Given
        var message = headers(FOREIGN);

        // When
        try (var attacker = open("frl-attacker");
                var span = attacker.begin("attack shard", "run-1", 1, message)) {
            Tracing.putCurrent(message);
            span.failed();
        }

        // Then
        assertThat(message.headers("traceparent")).hasSize(1);
        assertThat(text(message))
                .isEqualTo("00-" + span("attack shard").trace() + "-"
                        + span("attack shard").id() + "-01");
        assertThat(span("attack shard").failed()).isTrue();
    }

    @Test
    void nothing_is_recorded_or_written_to_a_message_without_a_receiver() {
        // Given
        var message = new RecordHeaders();

        // When
        var tracing = Tracing.open("frl-attacker", Map.of("OTEL_SERVICE_NAME", "x"));
        try (var span = tracing.begin("attack shard", "run-1", 1, headers(FOREIGN))) {
            Tracing.putCurrent(message);
            span.failed();
        }

        // Then
        assertThat(tracing.isOn()).isFalse();
        assertThat(tracing).isSameAs(Tracing.off());
        assertThat(message.toArray()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"OTEL_SDK_DISABLED,true", "OTEL_TRACES_EXPORTER,none"})
    void the_standard_switches_turn_it_off(String variable, String value) {
        assertThat(Tracing.open("a", environment(Map.of(variable, value))).isOn())
                .isFalse();
    }

    /** Or an epoch would be in parts, of the services that had drawn it. */
    @Test
    void all_services_sample_the_same_epochs() {
        // Given
        var half = Map.of("OTEL_TRACES_SAMPLER", "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG", "0.5");

        // When
        try (var trainer = Tracing.open("frl-trainer", environment(half));
                var controller = Tracing.open("frl-controller", environment(half))) {
            for (int epoch = 0; epoch < 64; epoch++) {
                trainer.record("train", "run-1", epoch, NOW, NOW);
                controller.epochEnded("e", "run-1", epoch, NOW);
            }
        }

        // Then
        var trained = traces("train");
        assertThat(trained).hasSizeBetween(8, 56).containsExactlyInAnyOrderElementsOf(traces("epoch"));
    }

    @Test
    void names_of_the_environment_win() {
        // When
        try (var tracing = Tracing.open(
                "frl-trainer",
                environment(Map.of(
                        "OTEL_SERVICE_NAME", "mine", "OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test")))) {
            tracing.record("train", "run-1", 1, NOW, NOW);
        }

        // Then
        assertThat(span("train").resource())
                .containsEntry("service.name", "mine")
                .containsEntry("deployment.environment", "test");
    }

    @ParameterizedTest
    @CsvSource({
        "OTEL_TRACES_SAMPLER,sometimes",
        "OTEL_TRACES_SAMPLER_ARG,much",
        "OTEL_EXPORTER_OTLP_ENDPOINT,nowhere",
        "OTEL_EXPORTER_OTLP_PROTOCOL,grpc",
        "OTEL_BSP_SCHEDULE_DELAY,soon"
    })
    void a_wrong_value_is_named(String variable, String value) {
        // Given
        var environment = environment(Map.of(variable, value));
        environment.putIfAbsent("OTEL_TRACES_SAMPLER", "traceidratio");

        // Then
        assertThatThrownBy(() -> Tracing.open("a", environment).close())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(value);
    }

    private Tracing open(String service) {
        return Tracing.open(service, environment(Map.of()));
    }

    private Map<String, String> environment(Map<String, String> more) {
        var environment = new HashMap<String, String>();
        environment.put("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint());
        environment.putAll(more);
        return environment;
    }

    private static void put(TraceSpan span, Headers headers) {
        try (span) {
            Tracing.putCurrent(headers);
        }
    }

    private static Headers headers(String traceparent) {
        return new RecordHeaders().add("traceparent", traceparent.getBytes(StandardCharsets.US_ASCII));
    }

    private static String text(Headers headers) {
        return new String(headers.lastHeader("traceparent").value(), StandardCharsets.US_ASCII);
    }

    private List<String> traces(String name) {
        return receiver.spans().stream()
                .filter(span -> span.name().equals(name))
                .map(Received::trace)
                .toList();
    }

    private Received span(String name) {
        return receiver.spans().stream()
                .filter(span -> span.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no span " + name + " in " + receiver.spans()));
    }
}
