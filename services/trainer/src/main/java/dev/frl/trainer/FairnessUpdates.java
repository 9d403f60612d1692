package dev.frl.trainer;

import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.Phase;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.message.RunAssigned;
import dev.frl.messaging.share.Lease;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controller's answers to one run. Reads both topics from their beginning, for a trainer that takes a run up must find the
 * answers that the one before it had. They are small: some hundred bytes a class and epoch.
 */
final class FairnessUpdates implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final Logger log = LoggerFactory.getLogger(FairnessUpdates.class);

    private final Topics topics;
    private final String runId;
    private final Consumer<String, byte[]> consumer;
    private final Map<Integer, FairnessUpdate> answers = new HashMap<>();
    private boolean ended;

    FairnessUpdates(KafkaSettings kafka, Topics topics, RunAssigned assigned) {
        this.topics = topics;
        this.runId = assigned.plan().runId();
        this.consumer = Clients.consumer(kafka, "trainer-answers-" + runId, null);
        var partitions = Stream.of(topics.fairnessUpdates, topics.runStatus)
                .flatMap(topic -> consumer.partitionsFor(topic.name()).stream())
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .toList();
        consumer.assign(partitions);
        consumer.seekToBeginning(partitions);
    }

    /**
     * Waits for how this epoch is to be trained.
     *
     * @return empty if the run has ended or the lease is over
     */
    Optional<FairnessUpdate> await(int epoch, Lease lease) {
        while (!lease.over() && !ended) {
            var answer = answers.remove(epoch);
            if (answer != null) {
                return Optional.of(answer);
            }
            for (var record : consumer.poll(POLL)) {
                take(record);
            }
        }
        return Optional.empty();
    }

    private void take(ConsumerRecord<String, byte[]> record) {
        if (!runId.equals(record.key()) || record.value() == null) {
            return;
        }
        try {
            if (record.topic().equals(topics.fairnessUpdates.name())) {
                var update =
                        topics.fairnessUpdates.codec().decode(record.value()).update();
                answers.putIfAbsent(update.forEpoch(), update);
            } else {
                Phase phase = topics.runStatus.codec().decode(record.value()).phase();
                ended |= phase.isTerminal();
            }
        } catch (UnreadableMessage e) {
            log.atWarn()
                    .addKeyValue("run", runId)
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("passed over a message");
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
