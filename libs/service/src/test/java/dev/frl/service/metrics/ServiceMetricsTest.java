package dev.frl.service.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ServiceMetricsTest {
    @Test
    void prometheus_sees_every_meter_under_the_names_of_the_catalogue() {
        try (var metrics = ServiceMetrics.open(true)) {
            // Given
            Stream.of(ServiceMeter.values())
                    .filter(meter -> meter != ServiceMeter.RESIDENT_MEMORY) // there already
                    .forEach(meter -> register(meter, metrics.registry()));

            // When
            var text = metrics.scrape();

            // Then
            assertThat(names(text))
                    .filteredOn(name -> name.startsWith("frl_"))
                    .containsExactlyInAnyOrderElementsOf(Stream.of(ServiceMeter.values())
                            .flatMap(meter -> meter.samples().stream())
                            .toList());
        }
    }

    @Test
    void the_process_tells_of_its_memory_its_garbage_collector_and_its_threads() {
        try (var metrics = ServiceMetrics.open(true)) {
            assertThat(names(metrics.scrape()))
                    .contains(
                            "jvm_memory_used_bytes",
                            "jvm_gc_memory_allocated_bytes_total",
                            "jvm_threads_live_threads",
                            "process_cpu_usage",
                            "process_uptime_seconds",
                            "frl_resident_memory_bytes");
        }
    }

    @Test
    void series_for_each_partition_task_or_broker_are_left_out() {
        try (var metrics = ServiceMetrics.open(true)) {
            // When
            metrics.registry().gauge("kafka.consumer.lag", Tags.of("partition", "7"), 1);
            metrics.registry().gauge("kafka.consumer.requests", Tags.of("client.id", "recorder"), 1);

            // Then
            assertThat(names(metrics.scrape()))
                    .contains("kafka_consumer_requests")
                    .doesNotContain("kafka_consumer_lag");
        }
    }

    @Test
    void clients_of_kafka_streams_keep_their_names_when_the_process_has_another_id() {
        try (var metrics = ServiceMetrics.open(true)) {
            // When
            var id = "frl-fairness-controller-f7c89553-c551-48e6-b2cc-09964ab0d36e-StreamThread-1-producer";
            metrics.registry().gauge("kafka.producer.sent", Tags.of("client.id", id), 1);

            // Then
            assertThat(metrics.scrape())
                    .contains("kafka_producer_sent{client_id=\"frl-fairness-controller-StreamThread-1-producer\"}");
        }
    }

    @Test
    void a_process_without_a_port_keeps_no_numbers() {
        try (var metrics = ServiceMetrics.open(false)) {
            // When
            var images = ServiceMeter.IMAGES.counter(metrics.registry(), "attacker");
            images.increment();

            // Then
            assertThat(images.count()).isZero();
            assertThat(metrics.scrape()).isEmpty();
            assertThat(ServiceMetrics.isRead(metrics.registry())).isFalse();
        }
    }

    @Test
    void meters_of_a_share_consumer_are_there_until_it_closes() {
        try (var metrics = ServiceMetrics.open(true);
                var consumer = Clients.shareConsumer(KafkaSettings.of("localhost:1"), "attacker-a", "group")) {
            // When
            var binding = ServiceMetrics.bind(metrics.registry(), consumer);
            var during = names(metrics.scrape());
            binding.close();

            // Then
            assertThat(during).anyMatch(name -> name.startsWith("kafka_consumer_share"));
            assertThat(names(metrics.scrape())).noneMatch(name -> name.startsWith("kafka_consumer_share"));
        }
    }

    private static void register(ServiceMeter meter, MeterRegistry meters) {
        var labels = meter.labels().toArray(String[]::new);
        var sample = meter.samples().get(0);
        if (sample.endsWith("_total")) {
            meter.counter(meters, labels);
        } else if (sample.endsWith("_count")) {
            meter.timer(meters);
        } else {
            meter.gauge(meters, () -> 1, labels);
        }
    }

    private static List<String> names(String text) {
        return Pattern.compile("(?m)^([a-z]\\w*)")
                .matcher(text)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }
}
