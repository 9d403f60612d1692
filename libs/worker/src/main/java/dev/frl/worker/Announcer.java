package dev.frl.worker;

import dev.frl.messaging.Topic;
import dev.frl.messaging.share.Lease;
import dev.frl.service.tracing.Tracing;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.Producer;

/** Sends the results of one record's work, for as long as the lease of the record holds. */
public final class Announcer {
    private final Producer<String, byte[]> producer;
    private final Lease lease;

    public Announcer(Producer<String, byte[]> producer, Lease lease) {
        this.producer = producer;
        this.lease = lease;
    }

    /**
     * Sends a message, with the context of the thread's span. Returns when Kafka has acknowledged it.
     *
     * @throws InterruptedException if the lease is over; nothing is sent then, since another worker may hold the record
     * @throws ExecutionException if the message could not be written
     */
    public <M> void announce(Topic<M> topic, String key, M message) throws InterruptedException, ExecutionException {
        lease.throwIfOver();
        var record = topic.record(key, message);
        Tracing.putCurrent(record.headers());
        producer.send(record).get();
    }
}
