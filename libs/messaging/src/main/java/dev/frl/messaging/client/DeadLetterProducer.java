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
import org.jspecify.annotations.Nullable;

/** Puts what cannot be handled aside, as it was, with headers that say where it came from and why. */
public final class DeadLetterProducer implements AutoCloseable {
    /** Topic that the message came from. */
    public static final String TOPIC = "frl.dlq.topic";
    /** Its partition, in decimal digits. */
    public static final String PARTITION = "frl.dlq.partition";
    /** Its offset, in decimal digits. */
    public static final String OFFSET = "frl.dlq.offset";
    /** Why it could not be handled, for people. */
    public static final String REASON = "frl.dlq.reason";
    /** Class of the error. */
    public static final String ERROR = "frl.dlq.error";
    /** Who could not handle it. */
    public static final String BY = "frl.dlq.by";

    private static final int PATIENCE_SECONDS = 60;

    private final KafkaSettings settings;
    private final String by;
    private @Nullable Producer<byte[], byte[]> producer;

    /** @param by who cannot handle it: group or application, and host */
    public DeadLetterProducer(KafkaSettings settings, String by) {
        this.settings = settings;
        this.by = by;
    }

    /** The message for the dead-letter topic. */
    public static ProducerRecord<byte[], byte[]> letter(
            ConsumerRecord<byte[], byte[]> record, Throwable why, String by) {
        var letter = new ProducerRecord<>(Topic.DEAD_LETTERS + record.topic(), record.key(), record.value());
        record.headers().forEach(letter.headers()::add);
        header(letter, TOPIC, record.topic());
        header(letter, PARTITION, Integer.toString(record.partition()));
        header(letter, OFFSET, Long.toString(record.offset()));
        header(letter, REASON, String.valueOf(why.getMessage()));
        header(letter, ERROR, why.getClass().getName());
        header(letter, BY, by);
        return letter;
    }

    private static void header(ProducerRecord<byte[], byte[]> letter, String name, String value) {
        letter.headers().remove(name);
        letter.headers().add(name, value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Returns when the letter is written.
     *
     * @throws KafkaException if it is not
     */
    public synchronized void put(ConsumerRecord<byte[], byte[]> record, Throwable why) throws InterruptedException {
        if (producer == null) {
            producer = Clients.rawProducer(settings, by + "-dead-letters");
        }
        try {
            producer.send(letter(record, why, by)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new KafkaException("the dead letter was not written", e);
        }
    }

    @Override
    public synchronized void close() {
        if (producer != null) {
            producer.close(Duration.ofSeconds(5));
            producer = null;
        }
    }
}
