package dev.frl.cli.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.cli.context.CliException;
import dev.frl.core.command.Answer;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.RunLogReader;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.message.HostOrder;
import dev.frl.service.StandardTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Commands and experiments on a real broker. */
@Timeout(180)
class CommandsOnABrokerTest {
    private static final CommandMessage STOP =
            new CommandMessage(Verb.STOP, "small-1", null, Which.FAILED, "wrong seeds", null);

    @TempDir
    Path directory;

    private final Topics topics = StandardTopics.create();

    @Test
    void a_command_is_published_and_its_own_answer_is_taken() throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            // Given: an old answer, and a controller that answers somebody else first
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var cluster = new KafkaCluster(settings);
            assertThatThrownBy(() -> cluster.command(STOP, Duration.ofSeconds(1), () -> false))
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("frl.commands");
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            answer(settings, "frl.commands-0@0", "old");
            var controller = CompletableFuture.supplyAsync(() -> {
                var command = next(settings);
                answer(settings, "frl.commands-0@12345", "of another command");
                answer(
                        settings,
                        String.format(Locale.ROOT, "%s-%d@%d", command.topic(), command.partition(), command.offset()),
                        "told");
                return command;
            });

            // When
            var reply = cluster.command(STOP, Duration.ofMinutes(2), () -> false);

            // Then
            assertThat(CommandMessage.read(controller.get().value())).isEqualTo(STOP);
            assertThat(reply.answer()).map(Answer::text).contains("told");
            assertThat(reply.id()).startsWith("frl.commands-").endsWith("@0");
        }
    }

    @Test
    void without_an_answer_the_position_of_the_command_is_known_and_the_status_of_experiments_is_read()
            throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            // Given
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var cluster = new KafkaCluster(settings);
            TopicAdmin.create(settings, topics, TopicAdmin.Layout.SINGLE);
            try (var producer = Clients.producer(settings, "test")) {
                producer.send(topics.experimentStatus.record("small-1", experiment(ExperimentPhase.RUNNING)))
                        .get();
                producer.send(topics.experimentStatus.record("small-1", experiment(ExperimentPhase.STOPPED)))
                        .get();
            }

            // When
            var reply = cluster.command(STOP, Duration.ofMillis(500), () -> false);
            var interrupted = cluster.command(STOP, Duration.ofHours(1), () -> true);
            var experiments = cluster.experiments();

            // Then
            assertThat(reply.answer()).isEmpty();
            assertThat(interrupted.answer()).isEmpty();
            assertThat(List.of(reply.id(), interrupted.id())).doesNotHaveDuplicates();
            assertThat(experiments).containsExactly(experiment(ExperimentPhase.STOPPED));
        }
    }

    /** Such a broker makes every topic that a client asks for in the usual way, with none of its settings. */
    @Test
    void no_command_makes_a_broker_create_topics_and_each_names_the_command_that_does() throws Exception {
        try (var broker = EmbeddedBroker.start(directory, 0, Map.of("auto.create.topics.enable", "true"))) {
            // Given
            var settings = KafkaSettings.of(broker.bootstrapServers());
            var cluster = new KafkaCluster(settings);
            var commands = Map.<String, Runnable>of(
                    "list", () -> cluster.statuses(status -> {}),
                    "rejections", () -> cluster.rejections(rejection -> {}),
                    "experiments", cluster::experiments,
                    "status", () -> cluster.follow(Map.of("run", Instant.EPOCH), new Nothing()),
                    "submit", () -> cluster.publish("small", new byte[1]),
                    "stop", () -> cluster.command(STOP, Duration.ofSeconds(1), () -> false),
                    "workers", cluster::workers,
                    "drained", cluster::hostOrders,
                    "drain", () -> cluster.order(new HostOrder("gpu-1", true, Instant.EPOCH)));

            // Then
            commands.forEach((name, command) -> assertThatThrownBy(command::run)
                    .as(name)
                    .isInstanceOf(CliException.class)
                    .hasMessageContaining("frl topics create"));
            try (var admin = Clients.admin(settings)) {
                assertThat(admin.listTopics().names().get()).isEmpty();
            }
        }
    }

    /** Never reached. */
    private static final class Nothing implements RunLogReader.Follower {
        @Override
        public boolean enough() {
            return true;
        }

        @Override
        public void event(RunEvent event) {}

        @Override
        public void status(RunStatus status) {}
    }

    private static ExperimentStatus experiment(ExperimentPhase phase) {
        var at = Instant.parse("2026-11-22T12:00:00Z");
        return new ExperimentStatus(
                "small",
                "small-1",
                1,
                Map.of(),
                ExperimentSettings.ALL_RUNS,
                "all runs to the last epoch",
                at,
                phase,
                "because",
                at,
                1,
                0,
                new ExperimentStatus.RunCounts(0, 0, 0, 1, 0, 0),
                null);
    }

    private ConsumerRecord<String, byte[]> next(KafkaSettings settings) {
        try (var consumer = Clients.consumer(settings, "controller", null)) {
            TopicReader.seekToBeginning(consumer, topics.commands);
            while (true) {
                for (var record : consumer.poll(Duration.ofMillis(200))) {
                    return record;
                }
            }
        }
    }

    private void answer(KafkaSettings settings, String id, String text) {
        try (var producer = Clients.producer(settings, "controller")) {
            var sent = producer.send(topics.commandAnswers.record(
                    "small-1", new Answer(id, Verb.STOP, "small-1", true, text, List.of("small-none-1"))));
            producer.flush();
            assertThat(sent).isDone();
        }
    }
}
