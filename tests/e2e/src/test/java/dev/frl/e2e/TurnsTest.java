package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.core.run.RunInput;
import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.message.WorkerStatus;
import dev.frl.messaging.message.WorkerStatus.State;
import dev.frl.service.StandardTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Turns on a broker: trainers announce themselves on a topic of four partitions, turns are decided on a topic of one, and runs are told
 * on a topic of four.
 */
class TurnsTest {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    @TempDir
    Path home;

    private final Topics topics = StandardTopics.create();

    @Test
    void a_controller_that_was_killed_gives_the_next_turn_and_no_turn_twice() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, Layout.replicated(1));
            try (var producer = Clients.producer(kafka, "turns-test");
                    var told = Clients.consumer(kafka, "turns-test", "turns-test")) {
                told.subscribe(List.of(topics.runSignals.name()));
                var turns = new ArrayList<RunInput>();
                announce(producer, "gpu-1");
                announce(producer, "gpu-2");
                for (int i = 1; i <= 4; i++) {
                    want(producer, "run-" + i);
                }
                var first = start(processes, "first", broker);
                await().atMost(LIMIT).until(() -> read(told, turns).size() >= 2);

                // When
                Processes.kill(first);
                producer.send(topics.turnSignals.record("run-1", new TurnInput.Released("run-1")));
                want(producer, "run-2");
                start(processes, "second", broker);
                await().atMost(LIMIT).until(() -> read(told, turns).size() >= 3);
                producer.send(topics.turnSignals.record("run-3", new TurnInput.Released("run-3")));
                await().atMost(LIMIT).until(() -> read(told, turns).size() >= 4);

                // Then
                assertThat(turns.subList(0, 2))
                        .as("from two partitions, in any order")
                        .containsExactlyInAnyOrder(new RunInput.Turn("run-1", 1), new RunInput.Turn("run-2", 1));
                assertThat(turns.subList(2, turns.size()))
                        .containsExactly(new RunInput.Turn("run-3", 1), new RunInput.Turn("run-4", 1));
            }
        }
    }

    private Process start(Processes processes, String name, EmbeddedBroker broker) throws Exception {
        return processes.start(
                name,
                "dev.frl.controller.ControllerMain",
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS",
                        broker.bootstrapServers(),
                        "FRL_HOME",
                        home.resolve(name).toString()));
    }

    /** Adds what runs were told since the last call. */
    private List<RunInput> read(Consumer<String, byte[]> told, List<RunInput> turns) {
        told.poll(Duration.ofMillis(200))
                .forEach(record -> turns.add(topics.runSignals.codec().decode(record.value())));
        return turns;
    }

    private void announce(Producer<String, byte[]> producer, String host) {
        var status = new WorkerStatus(
                "trainer", host, "1", "engine", null, State.IDLE, null, null, null, Instant.EPOCH, Instant.EPOCH);
        producer.send(topics.workers.record(status.key(), status));
    }

    private void want(Producer<String, byte[]> producer, String run) {
        producer.send(topics.turnSignals.record(
                run, new TurnInput.Wanted(run, 1, "sweep", "sweep", 0, Duration.ofMinutes(30), Instant.EPOCH)));
    }
}
