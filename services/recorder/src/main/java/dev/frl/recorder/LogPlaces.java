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
 */
final class LogPlaces {
    private static final String RECORDED = "recorded=";

    private final Map<TopicPartition, Long> recorded = new HashMap<>();
    private final Map<String, Place> plans = new HashMap<>();
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

    /** These runs and experiments are not needed any more. */
    void forget(Collection<String> ids) {
        for (String id : ids) {
            var place = plans.remove(id);
            if (place != null && recorded.containsKey(place.partition())) {
                changed.add(place.partition());
            }
        }
    }

    /** Places that have changed since the last call. */
    Map<TopicPartition, OffsetAndMetadata> changes() {
        var begin = new HashMap<TopicPartition, Long>();
        for (var partition : changed) {
            begin.put(partition, recorded.getOrDefault(partition, 0L));
        }
        plans.values()
                .forEach(place -> begin.computeIfPresent(place.partition(), (p, at) -> Math.min(at, place.offset())));
        var places = new HashMap<TopicPartition, OffsetAndMetadata>();
        begin.forEach((partition, offset) ->
                places.put(partition, new OffsetAndMetadata(offset, RECORDED + recorded.getOrDefault(partition, 0L))));
        changed.clear();
        return places;
    }

    private static TopicPartition partition(ConsumerRecord<?, ?> record) {
        return new TopicPartition(record.topic(), record.partition());
    }
}
