package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.messaging.client.KafkaSettings;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;

/** Settings of Kafka Streams from the environment. */
class ControllerServiceTest {
    @Test
    void given_settings_win_over_the_defaults() {
        // When
        var properties = properties(Map.of(
                "KAFKA_NUM_STREAM_THREADS", "3",
                "KAFKA_NUM_STANDBY_REPLICAS", "1",
                "KAFKA_COMMIT_INTERVAL_MS", "200",
                "KAFKA_POLL_MS", "50",
                "KAFKA_SESSION_TIMEOUT_MS", "20000",
                "KAFKA_MAX_POLL_RECORDS", "77",
                "KAFKA_LINGER_MS", "7",
                "KAFKA_REQUEST_TIMEOUT_MS", "12345"));

        // Then
        var streams = new StreamsConfig(properties);
        assertThat(streams.getInt("num.stream.threads")).isEqualTo(3);
        assertThat(streams.getInt("num.standby.replicas")).isEqualTo(1);
        assertThat(streams.getLong("commit.interval.ms")).isEqualTo(200);
        assertThat(streams.getLong("poll.ms")).isEqualTo(50);
        assertThat(streams.getMainConsumerConfigs("g", "c", 0))
                .containsEntry("session.timeout.ms", "20000")
                .containsEntry("max.poll.records", "77")
                .containsEntry("request.timeout.ms", "12345");
        assertThat(streams.getProducerConfigs("p")).containsEntry("linger.ms", "7");
    }

    @Test
    void what_the_controllers_correctness_depends_on_cannot_be_set() {
        // When
        var properties = properties(Map.of(
                "KAFKA_PROCESSING_GUARANTEE", "at_least_once",
                "KAFKA_APPLICATION_ID", "other",
                "KAFKA_STATE_DIR", "/elsewhere",
                "KAFKA_PROCESSING_EXCEPTION_HANDLER",
                        "org.apache.kafka.streams.errors.LogAndContinueProcessingExceptionHandler",
                "KAFKA_ISOLATION_LEVEL", "read_uncommitted",
                "KAFKA_AUTO_OFFSET_RESET", "latest",
                "KAFKA_ACKS", "0",
                "KAFKA_GROUP_PROTOCOL", "consumer"));

        // Then
        assertThat(properties).isEqualTo(properties(Map.of()));
        var streams = new StreamsConfig(properties);
        assertThat(streams.getString("processing.guarantee")).isEqualTo("exactly_once_v2");
        assertThat(streams.getMainConsumerConfigs("g", "c", 0))
                .containsEntry("isolation.level", "read_committed")
                .containsEntry("auto.offset.reset", "earliest")
                .containsEntry("allow.auto.create.topics", "false");
    }

    @Test
    void a_wrong_value_names_its_variable() {
        assertThatThrownBy(() -> properties(Map.of("KAFKA_NUM_STREAM_THREADS", "many", "KAFKA_POLL_MS", "-3x")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("KAFKA_NUM_STREAM_THREADS is many: Not a number of type INT;"
                        + " KAFKA_POLL_MS is -3x: Not a number of type LONG");
    }

    private static Properties properties(Map<String, String> environment) {
        var all = new HashMap<>(environment);
        all.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        return ControllerService.properties(KafkaSettings.from(Map.of(), all), Path.of("state"));
    }
}
