package dev.frl.cli.kafka;

import dev.frl.cli.context.CommandReply;
import dev.frl.core.command.Answer;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicReader;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** Publishes commands, and reads their answers. */
final class CommandSender {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String CLIENT = "frl-cli";

    private final KafkaSettings settings;
    private final Topics topics;

    CommandSender(KafkaSettings settings, Topics topics) {
        this.settings = settings;
        this.topics = topics;
    }

    /**
     * @param acknowledgement time limit for the brokers
     * @param patience time limit for the answer
     * @param enough true ends the wait for the answer
     */
    CommandReply send(CommandMessage command, Duration acknowledgement, Duration patience, BooleanSupplier enough)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var consumer = Clients.consumer(settings, CLIENT, null)) {
            // Before the command is sent, so that its answer is not missed.
            var partitions = TopicReader.seekToBeginning(consumer, topics.commandAnswers);
            consumer.seekToEnd(partitions);
            partitions.forEach(consumer::position);
            String id = publish(command, acknowledgement);
            long deadline = System.nanoTime() + patience.toNanos();
            while (System.nanoTime() < deadline && !enough.getAsBoolean()) {
                for (var record : consumer.poll(POLL)) {
                    Optional<Answer> answer = TopicReader.value(topics.commandAnswers, record)
                            .filter(a -> a.commandId().equals(id));
                    if (answer.isPresent()) {
                        return new CommandReply(id, answer);
                    }
                }
            }
            return new CommandReply(id, Optional.empty());
        }
    }

    private String publish(CommandMessage command, Duration acknowledgement)
            throws InterruptedException, ExecutionException, TimeoutException {
        String experiment = command.experiment();
        String run = command.run();
        String key = experiment != null
                ? experiment
                : run != null ? run : command.verb().label();
        try (var producer = Clients.producer(settings, CLIENT)) {
            var sent = producer.send(topics.commands.record(key, command.json()))
                    .get(acknowledgement.toMillis(), TimeUnit.MILLISECONDS);
            return sent.topic() + "-" + sent.partition() + "@" + sent.offset();
        }
    }
}
