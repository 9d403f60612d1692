package dev.frl.messaging.share;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * Exclusive, temporary hold of a share-group record (Kafka: acquisition lock). The share worker renews it and ends it; the work
 * asks whether it still holds. Thread-safe.
 */
public final class Lease {
    private static final String EARLIER = "frl-earlier-deliveries";
    private static final int LONGEST_NUMBER = 6;

    private final String topic;
    private final int partition;
    private final long offset;
    private final int deliveryCount;
    private final Headers headers;
    private volatile Map<String, String> work = Map.of();
    private volatile boolean lost;
    private volatile boolean stopping;
    private volatile boolean declined;
    private volatile @Nullable String withdrawn;

    /**
     * A lease that holds.
     *
     * @param deliveryCount how often the record was delivered, this delivery included; from 1
     */
    public Lease(String topic, int partition, long offset, int deliveryCount) {
        this(topic, partition, offset, deliveryCount, new RecordHeaders());
    }

    /** The same, with the headers of the record. */
    public Lease(String topic, int partition, long offset, int deliveryCount, Headers headers) {
        this.headers = headers;
        this.topic = topic;
        this.partition = partition;
        this.offset = offset;
        this.deliveryCount = deliveryCount;
    }

    /** How often the record was delivered, this delivery included; from 1. */
    public int deliveryCount() {
        return deliveryCount;
    }

    /** How often the records were delivered in whose place this one was written. Kafka counts them no more. */
    public int earlierDeliveries() {
        return earlierDeliveries(headers);
    }

    /** Headers of the record. */
    public Headers headers() {
        return headers;
    }

    /** What the work in progress is, for logs: names and values; empty until the work has said so. */
    public Map<String, String> work() {
        return work;
    }

    /** Says what the work is. */
    public void work(Map<String, String> now) {
        work = Map.copyOf(now);
    }

    /** Whether the lease was lost: another member may hold the record by now, so the work must stop. */
    public boolean lost() {
        return lost;
    }

    /** Whether this worker shuts down. Work that ends soon may end; otherwise the record is released to another member. */
    public boolean stopping() {
        return stopping;
    }

    /** Why the controller has withdrawn the work; null if it has not. The record is then accepted. */
    public @Nullable String withdrawn() {
        return withdrawn;
    }

    /** Whether the work should end, for any of these reasons. */
    public boolean over() {
        return lost || stopping || declined || withdrawn != null;
    }

    /**
     * Ends the work if the lease is over; long work calls this between its steps.
     *
     * @throws InterruptedException if the work should end
     */
    public void throwIfOver() throws InterruptedException {
        if (over()) {
            throw new InterruptedException(String.format(
                    Locale.ROOT,
                    "the lease of %s is over: %s",
                    this,
                    lost ? "lost" : stopping ? "stopping" : declined ? "declined" : withdrawn));
        }
    }

    /** Called when the lease could not be renewed. */
    public void lose() {
        lost = true;
    }

    /**
     * Called when nobody needs the work any more.
     *
     * @param reason for the log
     */
    public void withdraw(String reason) {
        withdrawn = reason;
    }

    /** Called before any work by a worker that is not for this record: it is released at once, for another member. */
    public void decline() {
        declined = true;
    }

    /** Called when the worker shuts down. */
    public void stop() {
        stopping = true;
    }

    /**
     * A record to be written in the place of the one that is held, since Kafka drops a record after some deliveries. It has the headers
     * of the one that is held.
     *
     * @param again the same message
     */
    public <V> ProducerRecord<String, V> inItsPlace(ProducerRecord<String, V> again) {
        headers.forEach(again.headers()::add);
        again.headers().remove(EARLIER);
        again.headers()
                .add(
                        EARLIER,
                        Integer.toString(deliveryCount + earlierDeliveries()).getBytes(StandardCharsets.US_ASCII));
        return again;
    }

    /** What {@link #inItsPlace} noted; 0 for a record that replaces none. Anybody may write headers. */
    private static int earlierDeliveries(Headers headers) {
        var header = headers.lastHeader(EARLIER);
        if (header == null || header.value() == null || header.value().length > LONGEST_NUMBER) {
            return 0;
        }
        var text = new String(header.value(), StandardCharsets.US_ASCII);
        return text.matches("[0-9]+") ? Integer.parseInt(text) : 0;
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%s-%d@%d", topic, partition, offset);
    }
}
