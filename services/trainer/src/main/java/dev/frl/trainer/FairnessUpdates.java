package dev.frl.trainer;

import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.share.Lease;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * The fairness updates of one run. Reads them and the run's status from the beginning of their topics, since a trainer that
 * resumes a run needs the updates that its predecessor received. They are small: a few hundred bytes per class and epoch.
 */
final class FairnessUpdates implements AutoCloseable {
    private static final Duration POLL = Duration.ofMillis(500);

    private final Consumer<String, byte[]> consumer;
    private final Topics topics;
    private final String runId;
    private final Map<Integer, FairnessUpdate> updates = new HashMap<>();
    private boolean ended;

    /** @param consumer without a group; closed with this object */
    FairnessUpdates(Consumer<String, byte[]> consumer, Topics topics, String runId) {
        this.consumer = consumer;
        this.topics = topics;
        this.runId = runId;
        try {
            TopicReader.seekToBeginning(consumer, topics.fairnessUpdates, topics.runStatus);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /**
     * Waits for the fairness update for an epoch.
     *
     * @return empty if the run has ended or the lease is over
     */
    Optional<FairnessUpdate> await(int epoch, Lease lease) {
        while (!lease.over() && !ended) {
            var update = updates.remove(epoch);
            if (update != null) {
                return Optional.of(update);
            }
            consumer.poll(POLL).forEach(this::accept);
        }
        return Optional.empty();
    }

    private void accept(ConsumerRecord<String, byte[]> record) {
        if (!runId.equals(record.key())) {
            return;
        }
        if (record.topic().equals(topics.fairnessUpdates.name())) {
            // A repeat says the same, so the first one is kept.
            TopicReader.value(topics.fairnessUpdates, record)
                    .ifPresent(message -> updates.putIfAbsent(message.update().forEpoch(), message.update()));
        } else {
            ended |= TopicReader.value(topics.runStatus, record)
                    .map(status -> status.phase().isTerminal())
                    .orElse(false);
        }
    }

    @Override
    public void close() {
        consumer.close();
    }
}
