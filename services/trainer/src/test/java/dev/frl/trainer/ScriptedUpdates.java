package dev.frl.trainer;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.FairnessUpdated;
import dev.frl.service.StandardTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Kafka's mock consumer with fairness updates and statuses of runs with two classes. Each poll runs the next step. */
final class ScriptedUpdates {
    static final Topics TOPICS = StandardTopics.create();

    private int steps;

    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("none") {
        /** A test must fail, not hang, when its subject waits for more than the script holds. */
        @Override
        public synchronized ConsumerRecords<String, byte[]> poll(Duration timeout) {
            if (steps-- < 0) {
                throw new AssertionError("polled after the end of the script");
            }
            return super.poll(timeout);
        }
    };
    private final Map<String, Long> offsets = new HashMap<>();
    private boolean startedAtBeginning;

    ScriptedUpdates() {
        for (var topic : List.of(TOPICS.fairnessUpdates, TOPICS.runStatus)) {
            consumer.updatePartitions(topic.name(), List.of(new PartitionInfo(topic.name(), 0, null, null, null)));
            consumer.updateBeginningOffsets(Map.of(new TopicPartition(topic.name(), 0), 0L));
        }
        poll(() -> startedAtBeginning =
                consumer.assignment().stream().allMatch(partition -> consumer.position(partition) == 0));
    }

    MockConsumer<String, byte[]> consumer() {
        return consumer;
    }

    boolean startedAtBeginning() {
        return startedAtBeginning;
    }

    /** Adds a step: the messages that the step sends arrive with the poll after the ones of the steps before. */
    void poll(Runnable step) {
        steps++;
        consumer.schedulePollTask(step);
    }

    void update(String runId, int epoch, double weight) {
        var errors = ClassErrors.of(Tally.count(2, new int[] {0, 1}, new int[] {0, 1}, new int[] {1, 1}));
        var message = new FairnessUpdated(runId, update(epoch, weight), false, errors, 0, Instant.EPOCH);
        bytes(TOPICS.fairnessUpdates, runId, TOPICS.fairnessUpdates.codec().encode(message));
    }

    static FairnessUpdate update(int epoch, double weight) {
        var weights = PerClass.of(weight, 1 - weight);
        return new FairnessUpdate(
                epoch, Multipliers.zero(2), ClassTreatment.even(2).withWeights(weights, weights));
    }

    void status(String runId, Phase phase) {
        var status = new RunStatus(
                runId, "experiment", "experiment-1", "", phase, 0, 2, "why", Instant.EPOCH, Instant.EPOCH, 0, 0);
        bytes(TOPICS.runStatus, runId, TOPICS.runStatus.codec().encode(status));
    }

    @SuppressWarnings("NullAway") // a message without a value
    void bytes(Topic<?> topic, String key, byte @Nullable [] value) {
        long offset = offsets.merge(topic.name(), 1L, Long::sum) - 1;
        consumer.addRecord(new ConsumerRecord<>(topic.name(), 0, offset, key, value));
    }
}
