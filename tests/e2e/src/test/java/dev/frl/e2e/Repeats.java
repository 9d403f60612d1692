package dev.frl.e2e;

import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicReader;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;

/** Sends some messages of the workers a second time, up to five seconds late, bytes and headers unchanged. */
final class Repeats implements AutoCloseable {
    private static final double SHARE = 0.1;

    private record Late(long due, ConsumerRecord<String, byte[]> record) {}

    private final Thread thread;
    private volatile boolean closed;
    private volatile int sent;

    Repeats(KafkaSettings kafka, Topics topics, long seed) {
        thread = new Thread(() -> repeat(kafka, topics, new Random(seed)), "repeats");
        thread.setDaemon(true);
        thread.start();
    }

    private void repeat(KafkaSettings kafka, Topics topics, Random random) {
        var late = new PriorityQueue<>(Comparator.comparingLong(Late::due));
        try (var consumer = Clients.consumer(kafka, "repeats", null);
                var producer = Clients.producer(kafka, "repeats")) {
            TopicReader.seekToBeginning(
                    consumer, topics.epochTrained, topics.shardAttacked, topics.workProgress, topics.workFailures);
            while (!closed) {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> {
                    if (random.nextDouble() < SHARE) {
                        late.add(new Late(System.nanoTime() + (long) (random.nextDouble() * 5e9), record));
                    }
                });
                while (!late.isEmpty() && late.element().due() <= System.nanoTime()) {
                    var record = late.remove().record();
                    producer.send(new ProducerRecord<>(
                            record.topic(), record.partition(), record.key(), record.value(), record.headers()));
                    sent++;
                }
            }
        }
    }

    /** Number of messages sent again. */
    int sent() {
        return sent;
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.join(10_000);
    }
}
