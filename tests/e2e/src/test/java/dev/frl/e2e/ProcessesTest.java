package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every service as a separate process, as in a cluster; some of them are killed. */
class ProcessesTest {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    @TempDir
    Path home;

    @Test
    void an_experiment_survives_the_death_of_a_trainer_an_attacker_and_the_controller() throws Exception {
        // Given
        var topics = StandardTopics.create();
        try (var broker = EmbeddedBroker.start(home.resolve("broker"), 0);
                var processes = new Processes(home)) {
            var kafka = KafkaSettings.of(broker.bootstrapServers());
            TopicAdmin.create(kafka, topics, new Layout(2, 1, Duration.ofSeconds(3)));
            var controller = start(processes, "controller", broker, "controller");
            var trainer = start(processes, "trainer", broker, "trainer");
            var attacker = start(processes, "attacker", broker, "attacker-1");
            start(processes, "attacker", broker, "attacker-2");
            try (var producer = Clients.producer(kafka, "test");
                    var watch = new Watch(kafka, topics)) {
                producer.send(topics.experimentSpecs.record(
                                "processes",
                                Specs.twoPoints("processes", 500, 3).getBytes(StandardCharsets.UTF_8)))
                        .get();
                watch.until(
                        LIMIT,
                        w -> assertThat(w.histories().values())
                                .anySatisfy(h -> assertThat(h.evaluated()).hasSizeGreaterThan(1)));

                // When
                Processes.kill(attacker);
                Processes.kill(trainer);
                Processes.kill(controller);
                start(processes, "controller", broker, "controller");
                start(processes, "trainer", broker, "trainer");

                // Then
                watch.untilAllHaveFinished(3, LIMIT);
                assertThat(watch.histories().values())
                        .allSatisfy(h -> assertThat(h.evaluated().keySet())
                                .hasSize(h.plan().settings().training().epochs() + 1));
            }
        }
    }

    private Process start(Processes processes, String service, EmbeddedBroker broker, String name) throws Exception {
        var main = service.equals("controller")
                ? "dev.frl.controller.ControllerMain"
                : String.format(
                        Locale.ROOT,
                        "dev.frl.%s.%sMain",
                        service,
                        service.substring(0, 1).toUpperCase(Locale.ROOT) + service.substring(1));
        return processes.start(
                name,
                main,
                Map.of(
                        "KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers(),
                        "FRL_HOME", home.resolve("home").toString(),
                        "FRL_CHECKPOINTS", home.resolve("checkpoints").toString(),
                        "FRL_DATA", TestData.folder().toString(),
                        "FRL_THREADS", "1"));
    }
}
