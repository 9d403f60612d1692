package dev.frl.recorder;

import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicReader;
import dev.frl.tracking.TrackedEvents;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads recorded events of an experiment again that was forgotten after its end. Only the events of this experiment are kept, so the
 * memory does not grow with the log. Afterwards the consumer is where it was before.
 */
final class ForgottenEvents {
    private static final Duration POLL = Duration.ofMillis(250);

    private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer;
    private final Topics topics;
    private final LogPlaces places;
    /** The first reading told of them. */
    private final SkippedRecords skipped = new SkippedRecords();

    ForgottenEvents(
            org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer, Topics topics, LogPlaces places) {
        this.consumer = consumer;
        this.topics = topics;
        this.places = places;
    }

    /**
     * Experiment of a run; empty if its plan is not in the log any more.
     *
     * @param later a later record of the run, which is in the same partition
     */
    Optional<String> find(String runId, ConsumerRecord<?, ?> later) {
        var partition = new TopicPartition(later.topic(), later.partition());
        var found = new HashSet<String>();
        readAgain(List.of(partition), record -> TopicReader.value(topics.runLog, record, skipped)
                .filter(event -> event instanceof Planned && event.runId().equals(runId))
                .ifPresent(event -> found.add(((Planned) event).plan().experimentId())));
        return found.stream().findFirst();
    }

    /** Remembers the recorded events of an experiment and of its runs, and where they begin. */
    void read(String experimentId, TrackedEvents events) {
        var runs = new HashSet<String>();
        readAgain(List.copyOf(consumer.assignment()), record -> {
            if (record.topic().equals(topics.experimentLog.name())) {
                TopicReader.value(topics.experimentLog, record, skipped)
                        .filter(event -> event.experimentId().equals(experimentId))
                        .ifPresent(event -> {
                            if (event instanceof Submitted) {
                                places.found(experimentId, record);
                            }
                            events.remember(event);
                        });
            } else {
                TopicReader.value(topics.runLog, record, skipped).ifPresent(event -> {
                    if (event instanceof Planned planned
                            && planned.plan().experimentId().equals(experimentId)
                            && runs.add(event.runId())) {
                        places.found(event.runId(), record);
                    }
                    if (runs.contains(event.runId())) {
                        events.remember(event);
                    }
                });
            }
        });
    }

    private void readAgain(List<TopicPartition> partitions, Consumer<ConsumerRecord<String, byte[]>> reader) {
        var before = new HashMap<TopicPartition, Long>();
        consumer.assignment().forEach(p -> before.put(p, consumer.position(p)));
        Set<TopicPartition> open = new HashSet<>(partitions);
        consumer.seekToBeginning(partitions);
        open.removeIf(this::isRead);
        while (!open.isEmpty()) {
            for (var record : consumer.poll(POLL)) {
                if (partitions.contains(new TopicPartition(record.topic(), record.partition()))
                        && places.isRecorded(record)) {
                    reader.accept(record);
                }
            }
            open.removeIf(this::isRead);
        }
        before.forEach(consumer::seek);
    }

    private boolean isRead(TopicPartition partition) {
        return consumer.position(partition) >= places.recorded(partition);
    }
}
