package dev.frl.recorder;

import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * The recorder's places in the run log and in the experiment log. What is committed for a partition is where a restart begins to
 * read: the beginning of the oldest run or experiment that is still needed. Its metadata tells up to where the events are recorded; those before are only remembered.
 * If a run is behind, that is where its first event is that is not recorded: a restart records the events after it once more, which changes nothing for other runs.
 */
final class LogPlaces {
    private static final String RECORDED = "recorded=";

    private final Map<TopicPartition, Long> recorded = new HashMap<>();
    private final Map<String, Place> plans = new HashMap<>();
    private final Map<String, Place> behind = new HashMap<>();
    private final Set<String> forgotten = new HashSet<>();
    private final Set<TopicPartition> changed = new HashSet<>();

    private record Place(TopicPartition partition, long offset) {}

    /**
     * Takes over what an earlier process committed.
     *
     * @return where to begin to read, by partition; a partition that is not in it is read from its beginning
     */
    Map<TopicPartition, Long> resume(Map<TopicPartition, OffsetAndMetadata> committed) {
        var begin = new HashMap<TopicPartition, Long>();
        committed.forEach((partition, place) -> {
            if (place != null) {
                if (isComplete(place)) {
                    recorded.put(partition, last(place));
                    begin.put(partition, place.offset());
                } else { // an earlier version committed only this offset, and needs the events before it
                    recorded.put(partition, place.offset());
                }
            }
        });
        return begin;
    }

    private static boolean isComplete(OffsetAndMetadata place) {
        return place.metadata().matches(RECORDED + "[0-9]{1,18}");
    }

    /** The offset up to which a committed place says that events are recorded. */
    static long last(OffsetAndMetadata place) {
        return isComplete(place) ? Long.parseLong(place.metadata().substring(RECORDED.length())) : place.offset();
    }

    /** Notes where the plan of a run, or the first event of an experiment is. */
    void found(String id, ConsumerRecord<?, ?> at) {
        plans.putIfAbsent(id, new Place(partition(at), at.offset()));
        forgotten.remove(id);
    }

    /** Offset up to which a partition is recorded. */
    long recorded(TopicPartition partition) {
        return recorded.getOrDefault(partition, 0L);
    }

    boolean isRecorded(ConsumerRecord<?, ?> event) {
        return event.offset() < recorded.getOrDefault(partition(event), 0L);
    }

    void recorded(ConsumerRecord<?, ?> event) {
        recorded.put(partition(event), event.offset() + 1);
        changed.add(partition(event));
    }

    /** Notes an event of a run that is not recorded yet. */
    void behind(String runId, ConsumerRecord<?, ?> at) {
        behind.putIfAbsent(runId, new Place(partition(at), at.offset()));
    }

    /** Runs that are behind. */
    Set<String> behind() {
        return Set.copyOf(behind.keySet());
    }

    /** All events of the run that were read are recorded now. */
    void caughtUp(String runId) {
        var place = behind.remove(runId);
        if (place != null) {
            changed.add(place.partition());
            forget(Set.of());
        }
    }

    /** These runs and experiments are not needed any more; while a run is behind, they are: a restart reads their events again. */
    void forget(Collection<String> ids) {
        forgotten.addAll(ids);
        if (!behind.isEmpty()) {
            return;
        }
        for (String id : forgotten) {
            var place = plans.remove(id);
            if (place != null && recorded.containsKey(place.partition())) {
                changed.add(place.partition());
            }
        }
        forgotten.clear();
    }

    /** Places that have changed since the last call. */
    Map<TopicPartition, OffsetAndMetadata> changes() {
        var begin = new HashMap<TopicPartition, Long>();
        for (var partition : changed) {
            begin.put(partition, recorded.getOrDefault(partition, 0L));
        }
        plans.values()
                .forEach(place -> begin.computeIfPresent(place.partition(), (p, at) -> Math.min(at, place.offset())));
        var upTo = new HashMap<>(recorded);
        behind.values()
                .forEach(place -> upTo.computeIfPresent(place.partition(), (p, at) -> Math.min(at, place.offset())));
        var places = new HashMap<TopicPartition, OffsetAndMetadata>();
        begin.forEach((partition, offset) -> {
            long end = upTo.getOrDefault(partition, 0L);
            places.put(partition, new OffsetAndMetadata(Math.min(offset, end), RECORDED + end));
        });
        changed.clear();
        return places;
    }

    private static TopicPartition partition(ConsumerRecord<?, ?> record) {
        return new TopicPartition(record.topic(), record.partition());
    }
}
