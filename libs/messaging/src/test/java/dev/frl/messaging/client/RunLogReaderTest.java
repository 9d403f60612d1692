package dev.frl.messaging.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.SpecRejected;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class RunLogReaderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.MILLIS);

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
            send(settings, topics.runLog.name(), "run", "garbage".getBytes(UTF_8), NOW);

            // When
            var all = new ArrayList<RunEvent>();
            var skipped =
                    RunLogReader.events(settings, topics, PATIENCE, List.of(status("run", Phase.TRAINING)), all::add);
            write(settings, later, true);
            var followed = new ArrayList<RunEvent>();
            RunLogReader.follow(
                    settings,
                    topics,
                    PATIENCE,
                    () -> followed.size() >= committed.size() + later.size(),
                    followed::add);

            // Then
            assertThat(all).isEqualTo(committed);
            assertThat(skipped).hasToString("1 damaged record of frl.run-log");
            assertThat(followed.subList(0, committed.size())).isEqualTo(committed);
            assertThat(followed.subList(committed.size(), followed.size())).isEqualTo(later);
        }
    }

    @Test
    void the_latest_status_of_each_run_is_read_and_records_of_other_builds_are_counted() throws Exception {
        // Given
        byte[] otherSchema = {(byte) 0xC3, 1, 9, 9, 9, 9, 9, 9, 9, 9, 0};
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, new TopicAdmin.Layout(4, 1, TopicAdmin.Layout.LEASE));
            String topic = topics.runStatus.name();
            send(settings, topic, "old", otherSchema, NOW);
            send(settings, topic, "second", encoded(status("second", Phase.TRAINING)), NOW);
            send(settings, topic, "deleted", encoded(status("deleted", Phase.TRAINING)), NOW);
            send(settings, topic, "deleted", null, NOW);
            send(settings, topic, "second", encoded(status("second", Phase.FINISHED)), NOW);
            send(settings, topic, "first", encoded(status("first", Phase.QUEUED, NOW.minusSeconds(1))), NOW);

            // When
            var statuses = new ArrayList<RunStatus>();
            var skipped = RunLogReader.statuses(settings, topics, PATIENCE, statuses::add);

            // Then
            assertThat(statuses)
                    .containsExactly(
                            status("first", Phase.QUEUED, NOW.minusSeconds(1)), status("second", Phase.FINISHED));
            assertThat(skipped).hasToString("1 record of frl.run-status by another build of frl");
            assertThat(skipped.hasOtherBuilds()).isTrue();
        }
    }

    @Test
    void rejections_are_read_from_all_partitions_and_what_is_none_is_counted() throws Exception {
        // Given
        var samples = new Samples(1);
        var rejected = List.of(samples.rejected(), samples.rejected(), samples.rejected());
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, new TopicAdmin.Layout(4, 1, TopicAdmin.Layout.LEASE));
            String topic = topics.specRejections.name();
            for (int i = 0; i < rejected.size(); i++) {
                send(settings, topic, "key" + i, topics.specRejections.codec().encode(rejected.get(i)), NOW);
            }
            send(settings, topic, "key", "garbage".getBytes(UTF_8), NOW);
            send(settings, topic, "", null, NOW);

            // When
            var read = new ArrayList<SpecRejected>();
            var skipped = RunLogReader.rejections(settings, topics, PATIENCE, read::add);

            // Then
            assertThat(read).containsExactlyInAnyOrderElementsOf(rejected);
            assertThat(skipped).hasToString("2 damaged records of frl.spec-rejections");
        }
    }

    @Test
    void the_events_of_a_run_are_read_from_its_plan_to_its_end_and_those_of_others_are_not_decoded() throws Exception {
        // Given: a log whose records before the plan, of other runs, and after the end cannot be decoded
        byte[] garbage = "garbage".getBytes(UTF_8);
        var finished = new RunEvent.Finished("run", NOW);
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            String topic = topics.runLog.name();
            send(settings, topic, "run", garbage, NOW.minus(Duration.ofHours(1)));
            send(settings, topic, "run", topics.runLog.codec().encode(failed("run")), NOW);
            send(settings, topic, "other", garbage, NOW);
            send(settings, topic, "run", topics.runLog.codec().encode(finished), NOW);

            // When
            var ofRun = new ArrayList<RunEvent>();
            var skipped =
                    RunLogReader.events(settings, topics, PATIENCE, List.of(status("run", Phase.TRAINING)), ofRun::add);
            var ofNone = new ArrayList<RunEvent>();
            RunLogReader.events(settings, topics, PATIENCE, List.of(), ofNone::add);

            // Then
            assertThat(ofRun).containsExactly(failed("run"), finished);
            assertThat(skipped.isEmpty()).as(skipped.toString()).isTrue();
            assertThat(ofNone).isEmpty();
        }
    }

    @Test
    void a_run_that_was_retried_is_read_to_its_last_end() throws Exception {
        // Given: more events after the first end than one poll returns
        var failed = new RunEvent.Failed("run", "because", NOW.minusSeconds(1));
        var events = new ArrayList<RunEvent>(List.of(failed));
        for (int i = 0; i < 600; i++) {
            events.add(new RunEvent.Dropped("run", "shard " + i, "it was counted before", NOW));
        }
        events.add(new RunEvent.Finished("run", NOW));
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            write(settings, events, true);

            // When
            var read = new ArrayList<RunEvent>();
            RunLogReader.events(settings, topics, PATIENCE, List.of(status("run", Phase.FINISHED)), read::add);

            // Then
            assertThat(read).isEqualTo(events);
        }
    }

    @Test
    void a_follower_gets_status_and_events_of_its_runs_from_their_times_on() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, new TopicAdmin.Layout(4, 1, TopicAdmin.Layout.LEASE));
            for (var time : List.of(NOW.minus(Duration.ofDays(1)), NOW)) {
                for (var run : List.of("a", "b", "other")) {
                    send(
                            settings,
                            topics.runLog.name(),
                            run,
                            topics.runLog.codec().encode(failed(run)),
                            time);
                    send(settings, topics.runStatus.name(), run, encoded(status(run, Phase.FAILED, time)), time);
                }
            }
            var events = new ArrayList<RunEvent>();
            var statuses = new ArrayList<RunStatus>();

            // When
            RunLogReader.follow(settings, topics, PATIENCE, Map.of("a", NOW, "b", NOW), new RunLogReader.Follower() {
                @Override
                public boolean enough() {
                    return events.size() >= 2 && statuses.size() >= 2;
                }

                @Override
                public void event(RunEvent event) {
                    events.add(event);
                }

                @Override
                public void status(RunStatus status) {
                    statuses.add(status);
                }
            });

            // Then
            assertThat(events).containsExactlyInAnyOrder(failed("a"), failed("b"));
            assertThat(statuses)
                    .containsExactlyInAnyOrder(status("a", Phase.FAILED, NOW), status("b", Phase.FAILED, NOW));
        }
    }

    @Test
    void a_log_whose_beginning_was_deleted_is_read_from_what_is_left() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            for (int i = 0; i < 5; i++) {
                send(
                        settings,
                        topics.runLog.name(),
                        "run",
                        topics.runLog.codec().encode(failed("run")),
                        NOW);
            }
            try (var admin = Clients.admin(settings)) {
                admin.deleteRecords(
                                Map.of(new TopicPartition(topics.runLog.name(), 0), RecordsToDelete.beforeOffset(3)))
                        .all()
                        .get();
            }

            // When
            var events = new ArrayList<RunEvent>();
            RunLogReader.events(settings, topics, PATIENCE, List.of(status("run", Phase.TRAINING)), events::add);

            // Then
            assertThat(events).hasSize(2);
        }
    }

    @Test
    void a_log_that_is_not_there_is_said_to_be_missing() {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            var settings = KafkaSettings.of(broker.bootstrapServers());

            // When
            assertThatThrownBy(() -> RunLogReader.statuses(settings, topics, Duration.ofSeconds(5), s -> {}))

                    // Then
                    .isInstanceOf(MissingTopicException.class)
                    .hasMessage("there is no topic frl.run-status; create the topics with `frl topics create`");
        }
    }

    @Test
    void a_broker_that_is_not_there_is_named() {
        // Given
        var settings = KafkaSettings.of("127.0.0.1:1");

        // When
        assertThatThrownBy(() -> RunLogReader.statuses(settings, topics, Duration.ofSeconds(1), s -> {}))

                // Then
                .isInstanceOf(TimeoutException.class)
                .hasMessage("no response from Kafka at 127.0.0.1:1 within 1 s");
    }

    private static RunStatus status(String run, Phase phase) {
        return status(run, phase, NOW);
    }

    private static RunStatus status(String run, Phase phase, Instant plannedAt) {
        return new RunStatus(
                run, "e", "e-1", Map.of(), "none", 1, false, null, plannedAt, phase, 0, 2, "because", NOW, NOW, "", 0,
                false, 0, 0, null, null, null);
    }

    private static RunEvent failed(String run) {
        return new RunEvent.Failed(run, "because", NOW);
    }

    private byte[] encoded(RunStatus status) {
        return topics.runStatus.codec().encode(status);
    }

    private static void send(KafkaSettings settings, String topic, String key, byte @Nullable [] value, Instant time)
            throws Exception {
        try (var producer = Clients.producer(settings, "test")) {
            producer.send(new ProducerRecord<>(topic, null, time.toEpochMilli(), key, value))
                    .get();
        }
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
