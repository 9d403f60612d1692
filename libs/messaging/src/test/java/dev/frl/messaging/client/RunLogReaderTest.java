package dev.frl.messaging.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.run.RunEvent;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class RunLogReaderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private final Topics topics = Samples.topics();

    @Test
    void what_was_committed_is_read_and_followed_and_what_cannot_be_read_is_skipped() throws Exception {
        // Given
        var committed = new Samples(1).events();
        var aborted = new Samples(2).events();
        var later = new Samples(3).events();
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            write(settings, committed, true);
            write(settings, aborted, false);
            try (var producer = Clients.producer(settings, "test")) {
                producer.send(new ProducerRecord<>(topics.runLog.name(), "run", "garbage".getBytes(UTF_8)))
                        .get();
            }

            // When
            var all = new ArrayList<RunEvent>();
            long read = RunLogReader.readAll(settings, topics, Duration.ofSeconds(30), all::add);
            write(settings, later, true);
            var followed = new ArrayList<RunEvent>();
            RunLogReader.follow(
                    settings,
                    topics,
                    Duration.ofSeconds(30),
                    () -> followed.size() >= committed.size() + later.size(),
                    followed::add);

            // Then
            assertThat(all).isEqualTo(committed);
            assertThat(read).isEqualTo(committed.size());
            assertThat(followed.subList(committed.size(), followed.size())).isEqualTo(later);
        }
    }

    @Test
    void a_log_that_is_not_there_is_said_to_be_missing() {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());

            // When
            assertThatThrownBy(() -> RunLogReader.readAll(settings, topics, Duration.ofSeconds(5), e -> {}))

                    // Then
                    .isInstanceOf(MissingTopicException.class)
                    .hasMessage("there is no topic frl.run-log; create the topics with `frl topics create`");
        }
    }

    @Test
    void a_broker_that_is_not_there_is_named() {
        // Given
        var settings = KafkaSettings.of("127.0.0.1:1");

        // When
        assertThatThrownBy(() -> RunLogReader.readAll(settings, topics, Duration.ofSeconds(1), e -> {}))

                // Then
                .isInstanceOf(TimeoutException.class)
                .hasMessage("no response from Kafka at 127.0.0.1:1 within PT1S");
    }

    private void write(KafkaSettings settings, List<RunEvent> events, boolean commit) {
        Map<String, Object> config = Map.of(
                "bootstrap.servers", settings.bootstrapServers(), "transactional.id", "test", "client.id", "test");
        try (var producer = new KafkaProducer<>(config, new StringSerializer(), new ByteArraySerializer())) {
            producer.initTransactions();
            producer.beginTransaction();
            for (var event : events) {
                var sent = producer.send(topics.runLog.record("run", event));
                assertThat(sent).isNotNull();
            }
            producer.flush();
            if (commit) {
                producer.commitTransaction();
            } else {
                producer.abortTransaction();
            }
        }
    }
}
