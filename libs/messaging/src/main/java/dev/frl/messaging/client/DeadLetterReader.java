package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads dead-letter records, and publishes the messages again that they were. */
public final class DeadLetterReader {
    private static final Duration POLL = Duration.ofMillis(200);
    private static final String CLIENT = "frl-dlq";

    private final KafkaSettings settings;
    private final Topics topics;
    private final Duration timeout;

    /** @param timeout for reading a topic to its end, and for an acknowledgement */
    public DeadLetterReader(KafkaSettings settings, Topics topics, Duration timeout) {
        this.settings = settings;
        this.topics = topics;
        this.timeout = timeout;
    }

    /**
     * The dead-letter records of all dead-letter topics, topic by topic in the order in which they were written.
     *
     * @throws MissingTopicException if a topic does not exist
     * @throws TimeoutException if the end was not reached within the timeout
     */
    public List<DeadLetter> all() throws TimeoutException {
        var letters = new LinkedHashMap<String, List<DeadLetter>>();
        topics.deadLetters().forEach(topic -> letters.put(topic.name(), new ArrayList<>()));
        read(
                topics.deadLetters(),
                record -> letters.getOrDefault(record.topic(), List.of()).add(new DeadLetter(record, topics)));
        return letters.values().stream().flatMap(List::stream).toList();
    }

    /**
     * Where the message lies in its topic that was a dead-letter record and was published again; empty if it was not, or if Kafka has deleted
     * it since.
     */
    public Optional<String> requeued(DeadLetter letter) throws TimeoutException {
        var found = new ArrayList<String>();
        read(List.of(topic(letter)), record -> {
            var header = record.headers().lastHeader(DeadLetter.REQUEUED);
            if (header != null
                    && header.value() != null
                    && new String(header.value(), StandardCharsets.UTF_8).equals(letter.id())) {
                found.add(String.format(Locale.ROOT, "%s-%d@%d", record.topic(), record.partition(), record.offset()));
            }
        });
        return found.stream().findFirst();
    }

    /**
     * Publishes the message again, unchanged, to its topic. Returns where it is when the brokers have acknowledged it.
     *
     * @throws IllegalArgumentException if no service of ours wrote the record
     */
    public String requeue(DeadLetter letter) throws InterruptedException, ExecutionException, TimeoutException {
        letter.foreign().ifPresent(why -> {
            throw new IllegalArgumentException(letter.id() + ": " + why);
        });
        try (var producer = Clients.rawProducer(settings, CLIENT)) {
            var sent = producer.send(letter.original()).get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            return String.format(Locale.ROOT, "%s-%d@%d", sent.topic(), sent.partition(), sent.offset());
        }
    }

    private Topic<?> topic(DeadLetter letter) {
        return topics.all().stream()
                .filter(topic -> topic.name().equals(letter.topic()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(letter.id() + " is of no topic of ours"));
    }

    /** Reads topics to their end, with one consumer: each one has a connection to make. */
    private void read(List<? extends Topic<?>> which, Consumer<ConsumerRecord<byte[], byte[]>> reader)
            throws TimeoutException {
        long deadline = System.nanoTime() + timeout.toNanos();
        try (var consumer = new KafkaConsumer<>(
                Clients.consumerConfig(settings, CLIENT, null),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
            var partitions = TopicReader.seekToBeginning(consumer, timeout, which.toArray(new Topic<?>[0]));
            var end = new HashMap<>(consumer.endOffsets(partitions, timeout));
            while (true) {
                end.entrySet().removeIf(e -> consumer.position(e.getKey(), timeout) >= e.getValue());
                if (end.isEmpty()) {
                    return;
                }
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(String.format(
                            Locale.ROOT,
                            "%s was not read to its end within %s",
                            end.keySet().iterator().next().topic(),
                            timeout));
                }
                consumer.poll(POLL).forEach(reader);
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            var timedOut = new TimeoutException(String.format(
                    Locale.ROOT, "no response from Kafka at %s within %s", settings.bootstrapServers(), timeout));
            timedOut.initCause(e);
            throw timedOut;
        }
    }
}
