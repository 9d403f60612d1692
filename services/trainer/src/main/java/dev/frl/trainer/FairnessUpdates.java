package dev.frl.trainer;

import dev.frl.core.HumanTime;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.run.Outbox.Assignment;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.share.Lease;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fairness updates of one run. The assignment holds the update for the next epoch if it existed by then; later ones are read from
 * the run's partition, from the time of the assignment on.
 */
final class FairnessUpdates implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(FairnessUpdates.class);

    /** After this time of waiting, and after twice that and so on, the log says what is waited for. */
    static final Duration LONG = Duration.ofMinutes(2);

    private static final Duration POLL = Duration.ofMillis(500);
    /** The broker answers only after the fetch that waits there, some 2 s later; a trainer that is free must not wait for that. */
    private static final Duration CLOSING = Duration.ofMillis(50);

    private final Consumer<String, byte[]> consumer;
    private final Topics topics;
    private final Assignment assigned;
    private final InstantSource clock;
    private final Map<Integer, Known> updates = new HashMap<>();
    private int bestEpoch = -1;

    /** @param bestEpoch −1 if it is unknown */
    private record Known(FairnessUpdate update, int bestEpoch) {}

    /** @param consumer without a group; closed with this object */
    FairnessUpdates(Assignment assigned, Consumer<String, byte[]> consumer, Topics topics, InstantSource clock) {
        this.assigned = assigned;
        this.clock = clock;
        this.consumer = consumer;
        this.topics = topics;
        if (assigned.update() != null) {
            updates.put(assigned.update().forEpoch(), new Known(assigned.update(), assigned.bestEpoch()));
        }
        try {
            TopicReader.seekToTime(consumer, assigned.runId(), assigned.at(), topics.fairnessUpdates);
        } catch (RuntimeException e) {
            consumer.close();
            throw e;
        }
    }

    /** Reads the updates of all epochs again, for a trainer whose last checkpoint is older than the controller's last epoch. */
    void readAll() {
        consumer.assignment().forEach(partition -> TopicReader.seekToTime(consumer, partition, assigned.plannedAt()));
    }

    /**
     * The last epoch for which there is a fairness update by now, or the first that may be trained. A trainer that gave the run back may
     * have trained epochs since the assignment was written.
     */
    int lastEpoch(Lease lease) {
        var unread = new HashMap<>(consumer.endOffsets(consumer.assignment()));
        while (!lease.over()
                && unread.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
            consumer.poll(POLL).forEach(this::accept);
        }
        return updates.keySet().stream().reduce(assigned.trainedEpoch() + 1, Math::max);
    }

    /**
     * Waits for the fairness update for an epoch: until it comes or the run is withdrawn, since only the controller knows whether the
     * run still has attackers and time. Updates of earlier epochs are not kept.
     *
     * @return empty if the lease is over
     */
    Optional<FairnessUpdate> await(int epoch, Lease lease) {
        var begun = clock.instant();
        var said = LONG;
        while (!lease.over()) {
            var update = updates.remove(epoch);
            if (update != null) {
                bestEpoch = update.bestEpoch();
                return Optional.of(update.update());
            }
            var waited = Duration.between(begun, clock.instant());
            if (waited.compareTo(said) >= 0) {
                said = waited.multipliedBy(2);
                log.atInfo()
                        .addKeyValue("run", assigned.runId())
                        .addKeyValue("epoch", epoch)
                        .addKeyValue("waited", HumanTime.of(waited))
                        .log(
                                "waits until the epoch before is evaluated; `frl why RUN` shows which shards are missing, or that no"
                                        + " controller decides");
            }
            consumer.poll(POLL).forEach(this::accept);
        }
        return Optional.empty();
    }

    /** The best epoch on validation before the one that was awaited last; −1 if it is unknown. */
    int bestEpoch() {
        return bestEpoch;
    }

    private void accept(ConsumerRecord<String, byte[]> record) {
        if (!assigned.runId().equals(record.key())) {
            return;
        }
        // A repeat says the same, so the first one is kept.
        TopicReader.value(topics.fairnessUpdates, record)
                .ifPresent(message -> updates.putIfAbsent(
                        message.update().forEpoch(), new Known(message.update(), message.bestEpoch())));
    }

    @Override
    public void close() {
        consumer.close(CLOSING);
    }
}
