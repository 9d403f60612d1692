package dev.frl.messaging.client;

import dev.frl.messaging.codec.UnreadableMessage;
import java.util.ArrayList;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Counts the records that a reader could not read, so that it can say so in one line. Not thread-safe. */
public final class SkippedRecords {
    private final TreeMap<String, Long> ofOtherBuilds = new TreeMap<>();
    private final TreeMap<String, Long> damaged = new TreeMap<>();

    void add(ConsumerRecord<?, ?> skipped, UnreadableMessage why) {
        var counts = why.isOfUnknownSchema() ? ofOtherBuilds : damaged;
        counts.merge(skipped.topic(), 1L, Long::sum);
    }

    /** Adds the counts of another reading. */
    public void add(SkippedRecords other) {
        other.ofOtherBuilds.forEach((topic, count) -> ofOtherBuilds.merge(topic, count, Long::sum));
        other.damaged.forEach((topic, count) -> damaged.merge(topic, count, Long::sum));
    }

    public boolean isEmpty() {
        return count() == 0;
    }

    public long count() {
        return sum(ofOtherBuilds) + sum(damaged);
    }

    /** Whether records have schemas that this build does not know. */
    public boolean hasOtherBuilds() {
        return !ofOtherBuilds.isEmpty();
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(n -> n).sum();
    }

    /** Such as {@code 12 records of frl.run-log by another build of frl, 1 damaged record of frl.run-log}. */
    @Override
    public String toString() {
        var parts = new ArrayList<String>();
        ofOtherBuilds.forEach((topic, n) ->
                parts.add(String.format(Locale.ROOT, "%s of %s by another build of frl", counted(n, "record"), topic)));
        damaged.forEach(
                (topic, n) -> parts.add(String.format(Locale.ROOT, "%s of %s", counted(n, "damaged record"), topic)));
        return String.join(", ", parts);
    }

    private static String counted(long n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }
}
