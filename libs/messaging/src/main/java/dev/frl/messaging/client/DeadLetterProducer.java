package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Writes dead-letter records: messages that could not be handled, unchanged, with headers that give source and reason. */
public final class DeadLetterProducer implements AutoCloseable {
    /** Topic of the message. */
    public static final String TOPIC = "frl.dlq.topic";
    /** Partition of the message, in decimal digits. */
    public static final String PARTITION = "frl.dlq.partition";
    /** Offset of the message, in decimal digits. */
    public static final String OFFSET = "frl.dlq.offset";
    /** Why the message could not be handled, for people. */
    public static final String REASON = "frl.dlq.reason";
    /** Java class of the error. */
    public static final String ERROR = "frl.dlq.error";
    /** Service that could not handle the message. */
    public static final String BY = "frl.dlq.by";

    private static final int PATIENCE_SECONDS = 60;

    private final KafkaSettings settings;
    private final String by;
    private @Nullable Producer<byte[], byte[]> producer;

    /** @param by service that writes the records: group or application, and host */
    public DeadLetterProducer(KafkaSettings settings, String by) {
        this.settings = settings;
        this.by = by;
    }

    /**
     * Adds the headers of a dead-letter record. They replace those of an earlier failure.
     *
     * @param topic of the message, also {@code partition} and {@code offset}
     * @param by service that could not handle it
     */
    public static void addHeaders(Headers headers, String topic, int partition, long offset, Throwable why, String by) {
        header(headers, TOPIC, topic);
        header(headers, PARTITION, Integer.toString(partition));
        header(headers, OFFSET, Long.toString(offset));
        header(headers, REASON, String.valueOf(why.getMessage()));
        header(headers, ERROR, why.getClass().getName());
        header(headers, BY, by);
    }

    private static void header(Headers headers, String name, String value) {
        headers.remove(name);
        headers.add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns when the dead-letter record is written.
     *
     * @throws KafkaException if it could not be written
     */
    public synchronized void put(ConsumerRecord<byte[], byte[]> record, Throwable why) throws InterruptedException {
        if (producer == null) {
            producer = Clients.rawProducer(settings, by + "-dead-letters");
        }
        try {
            producer.send(deadLetter(record, why)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the dead-letter record was not written", e);
        }
    }

    private ProducerRecord<byte[], byte[]> deadLetter(ConsumerRecord<byte[], byte[]> record, Throwable why) {
        var deadLetter = new ProducerRecord<>(Topic.DEAD_LETTERS + record.topic(), record.key(), record.value());
        record.headers().forEach(deadLetter.headers()::add);
        addHeaders(deadLetter.headers(), record.topic(), record.partition(), record.offset(), why, by);
        return deadLetter;
    }

    @Override
    public synchronized void close() {
        if (producer != null) {
            producer.close(Duration.ofSeconds(5));
            producer = null;
        }
    }
}
