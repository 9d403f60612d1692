package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** A dead-letter record: a message that could not be handled, and where it was. */
public final class DeadLetter {
    /** Header of a message that was published again: id of the dead-letter record that it was. */
    public static final String REQUEUED = "frl.dlq.requeued";

    private static final String OURS = "frl.dlq.";
    /** Bytes of a value that are shown where it cannot be decoded. */
    private static final int SHOWN_BYTES = 256;

    private static final int SHOWN_CHARACTERS = 4000;

    private final ConsumerRecord<byte[], byte[]> record;
    private final @Nullable Topic<?> source;

    DeadLetter(ConsumerRecord<byte[], byte[]> record, Topics topics) {
        this.record = record;
        this.source = topics.all().stream()
                .filter(topic -> topic.deadLetters().equals(record.topic()))
                .findFirst()
                .orElse(null);
    }

    /** Topic, partition and offset of the dead-letter record, such as {@code dlq.frl.run-signals-0@17}. */
    public String id() {
        return String.format(Locale.ROOT, "%s-%d@%d", record.topic(), record.partition(), record.offset());
    }

    /** Topic of the message: that which the dead-letter topic is of. */
    public String topic() {
        return record.topic().substring(Topic.DEAD_LETTERS.length());
    }

    /** Partition of the message in its topic; empty if the header is missing or is no number. */
    public Optional<Integer> partition() {
        return number(DeadLetterProducer.PARTITION).map(Long::intValue);
    }

    /** Offset of the message in its topic; empty if the header is missing or is no number. */
    public Optional<Long> offset() {
        return number(DeadLetterProducer.OFFSET);
    }

    /** Time at which the dead-letter record was written. */
    public Instant at() {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /** Why the message could not be handled. */
    public String reason() {
        return header(DeadLetterProducer.REASON).orElse("it does not say why");
    }

    /** Java class of the error; empty if it is not told. */
    public Optional<String> error() {
        return header(DeadLetterProducer.ERROR);
    }

    /** Service that could not handle the message; empty if it is not told. */
    public Optional<String> by() {
        return header(DeadLetterProducer.BY);
    }

    /** Key of the message; empty if it has none. */
    public Optional<String> key() {
        return Optional.ofNullable(record.key()).map(key -> new String(key, StandardCharsets.UTF_8));
    }

    /** Size of the value in bytes; empty if the message has no value. */
    public Optional<Integer> size() {
        return Optional.ofNullable(record.value()).map(value -> value.length);
    }

    /** The value as the topic's codec reads it, on one line; empty if it cannot be read. */
    public Optional<String> decoded() {
        byte @Nullable [] value = record.value();
        if (source == null || value == null) {
            return Optional.empty();
        }
        try {
            var text = String.valueOf(source.codec().decode(value));
            return Optional.of(text.length() <= SHOWN_CHARACTERS ? text : text.substring(0, SHOWN_CHARACTERS) + " …");
        } catch (RuntimeException e) { // some are here since the code that reads them has a fault
            return Optional.empty();
        }
    }

    /** The first bytes of the value in hexadecimal digits, 16 to a line, with what is printable ASCII beside them. */
    public List<String> bytes() {
        byte @Nullable [] value = record.value();
        var lines = new ArrayList<String>();
        if (value == null) {
            return lines;
        }
        int end = Math.min(value.length, SHOWN_BYTES);
        for (int i = 0; i < end; i += 16) {
            int to = Math.min(end, i + 16);
            var hex = HexFormat.ofDelimiter(" ").formatHex(value, i, to);
            var text = new StringBuilder();
            for (int k = i; k < to; k++) {
                text.append(value[k] >= ' ' && value[k] < 127 ? (char) value[k] : '.');
            }
            lines.add(String.format(Locale.ROOT, "%04x  %-47s  %s", i, hex, text));
        }
        if (value.length > end) {
            lines.add(String.format(Locale.ROOT, "… %d bytes more", value.length - end));
        }
        return lines;
    }

    /** Why it is not published again: it is none that a service of ours wrote. Empty if it is one. */
    public Optional<String> foreign() {
        var told = header(DeadLetterProducer.TOPIC);
        if (source == null) {
            return Optional.of(
                    String.format(Locale.ROOT, "%s is the dead-letter topic of none of frl's topics", record.topic()));
        }
        if (told.isEmpty() || by().isEmpty()) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "it has no header %s or %s, so no service of frl wrote it",
                    DeadLetterProducer.TOPIC,
                    DeadLetterProducer.BY));
        }
        return told.get().equals(source.name())
                ? Optional.empty()
                : Optional.of(String.format(
                        Locale.ROOT,
                        "its header %s says %s, but it lies in %s",
                        DeadLetterProducer.TOPIC,
                        told.get(),
                        record.topic()));
    }

    /** The message as it was: key, bytes and headers, and one header that says which dead-letter record it was. */
    ProducerRecord<byte[], byte[]> original() {
        var message = new ProducerRecord<>(topic(), record.key(), record.value());
        for (Header header : record.headers()) {
            if (!header.key().startsWith(OURS)) {
                message.headers().add(header);
            }
        }
        message.headers().add(REQUEUED, id().getBytes(StandardCharsets.UTF_8));
        return message;
    }

    private Optional<Long> number(String name) {
        try {
            return header(name).map(Long::valueOf);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private Optional<String> header(String name) {
        var header = record.headers().lastHeader(name);
        return header == null || header.value() == null
                ? Optional.empty()
                : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
    }

    @Override
    public String toString() {
        return id();
    }
}
