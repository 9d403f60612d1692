package dev.frl.trainer;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.Outbox;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.service.StandardTopics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
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

        @Override
        public synchronized Map<TopicPartition, OffsetAndTimestamp> offsetsForTimes(Map<TopicPartition, Long> times) {
            var found = new HashMap<TopicPartition, OffsetAndTimestamp>();
            times.forEach((partition, time) -> {
                var first = written.getOrDefault(partition.topic(), List.of()).stream()
                        .filter(record -> record.timestamp() >= time)
                        .findFirst();
                found.put(
                        partition,
                        first.map(record -> new OffsetAndTimestamp(record.offset(), record.timestamp()))
                                .orElse(null));
            });
            return found;
        }
    };
    private final Map<String, List<ConsumerRecord<String, byte[]>>> written = new HashMap<>();

    ScriptedUpdates() {
        for (var topic : List.of(TOPICS.fairnessUpdates)) {
            consumer.updatePartitions(topic.name(), List.of(new PartitionInfo(topic.name(), 0, null, null, null)));
            consumer.updateEndOffsets(Map.of(new TopicPartition(topic.name(), 0), 0L));
        }
        poll(this::deliver);
    }

    /** Hands over what was written before the consumer was assigned, where the consumer has not sought past it. */
    private void deliver() {
        written.values().forEach(records -> records.forEach(consumer::addRecord));
    }

    /** An update that was written before the trainer took the run. */
    void updateBefore(Instant time, String runId, int epoch, double weight) {
        write(time, TOPICS.fairnessUpdates, runId, updated(runId, epoch, weight, 0));
        consumer.updateEndOffsets(Map.of(new TopicPartition(TOPICS.fairnessUpdates.name(), 0), (long)
                written.get(TOPICS.fairnessUpdates.name()).size()));
    }

    MockConsumer<String, byte[]> consumer() {
        return consumer;
    }

    /** Adds a step: the messages that the step sends arrive with the poll after the ones of the steps before. */
    void poll(Runnable step) {
        steps++;
        consumer.schedulePollTask(step);
    }

    void update(String runId, int epoch, double weight) {
        update(runId, epoch, weight, 0);
    }

    /** @param best best epoch before this one */
    void update(String runId, int epoch, double weight, int best) {
        bytes(TOPICS.fairnessUpdates, runId, updated(runId, epoch, weight, best));
    }

    private static byte[] updated(String runId, int epoch, double weight, int best) {
        var errors = ClassErrors.of(Tally.count(2, new int[] {0, 1}, new int[] {0, 1}, new int[] {1, 1}));
        var message = new Outbox.Update(runId, update(epoch, weight), false, errors, best, Instant.EPOCH);
        return TOPICS.fairnessUpdates.codec().encode(message);
    }

    static FairnessUpdate update(int epoch, double weight) {
        var weights = PerClass.of(weight, 1 - weight);
        return new FairnessUpdate(
                epoch, Multipliers.zero(2), ClassTreatment.even(2).withWeights(weights, weights));
    }

    void bytes(Topic<?> topic, String key, byte @Nullable [] value) {
        consumer.addRecord(write(Instant.now(), topic, key, value));
    }

    @SuppressWarnings("NullAway") // a message without a value
    private ConsumerRecord<String, byte[]> write(Instant time, Topic<?> topic, String key, byte @Nullable [] value) {
        var records = written.computeIfAbsent(topic.name(), name -> new ArrayList<>());
        var record = new ConsumerRecord<>(
                topic.name(),
                0,
                (long) records.size(),
                time.toEpochMilli(),
                TimestampType.CREATE_TIME,
                0,
                0,
                key,
                value,
                new RecordHeaders(),
                Optional.empty());
        records.add(record);
        return record;
    }
}
