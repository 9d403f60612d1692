package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.KafkaSettings.Kind;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;

/** Kafka clients with the settings that the pipeline relies on. The caller closes the client. */
public final class Clients {
    /** fetch.max.wait.ms: how long the broker holds an empty fetch; new records end the wait. Kafka's default is 500. */
    private static final int IDLE_FETCH_MILLIS = 2000;

    /** Shorter, since a worker that closes waits for the response. */
    private static final int IDLE_SHARE_FETCH_MILLIS = 1000;

    private Clients() {}

    /**
     * A producer that writes every message once and to all in-sync replicas; {@link Topic#record} makes its messages.
     *
     * @param clientId appears in the broker's logs and metrics
     */
    public static Producer<String, byte[]> producer(KafkaSettings settings, String clientId) {
        return new KafkaProducer<>(
                producerConfig(settings, clientId), new StringSerializer(), new ByteArraySerializer());
    }

    /** The same for messages whose keys were never decoded. */
    static Producer<byte[], byte[]> rawProducer(KafkaSettings settings, String clientId) {
        return new KafkaProducer<>(
                producerConfig(settings, clientId), new ByteArraySerializer(), new ByteArraySerializer());
    }

    static Map<String, Object> producerConfig(KafkaSettings settings, String clientId) {
        return settings.config(
                Kind.PRODUCER,
                // The sender waits for each acknowledgement, so there is never a batch to fill.
                Map.of(ProducerConfig.LINGER_MS_CONFIG, 0),
                Map.of(
                        ProducerConfig.CLIENT_ID_CONFIG,
                        clientId,
                        ProducerConfig.ACKS_CONFIG,
                        "all",
                        ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                        true,
                        ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
                        2 * Topics.MAX_BYTES));
    }

    /**
     * A consumer of committed messages. It starts at the committed offsets of its group, or else at the beginning, and commits
     * only when told to.
     *
     * @param group null for a consumer without a group
     */
    public static Consumer<String, byte[]> consumer(KafkaSettings settings, String clientId, @Nullable String group) {
        return new KafkaConsumer<>(
                consumerConfig(settings, clientId, group), new StringDeserializer(), new ByteArrayDeserializer());
    }

    static Map<String, Object> consumerConfig(KafkaSettings settings, String clientId, @Nullable String group) {
        var fixed = new HashMap<String, Object>();
        fixed.put(ConsumerConfig.CLIENT_ID_CONFIG, clientId);
        fixed.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        fixed.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        fixed.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        // A topic that the broker creates on demand has none of the pipeline's settings.
        fixed.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        if (group != null) {
            fixed.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        }
        var config = settings.config(
                Kind.CONSUMER, Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, IDLE_FETCH_MILLIS), fixed);
        if (group == null) {
            config.remove(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
        }
        return config;
    }

    /** A share consumer that takes one record at a time and acknowledges each explicitly. */
    public static ShareConsumer<byte[], byte[]> shareConsumer(KafkaSettings settings, String clientId, String group) {
        return new KafkaShareConsumer<>(
                shareConsumerConfig(settings, clientId, group),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer());
    }

    static Map<String, Object> shareConsumerConfig(KafkaSettings settings, String clientId, String group) {
        return settings.config(
                Kind.SHARE_CONSUMER,
                Map.of(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, IDLE_SHARE_FETCH_MILLIS),
                Map.of(
                        ConsumerConfig.CLIENT_ID_CONFIG,
                        clientId,
                        ConsumerConfig.GROUP_ID_CONFIG,
                        group,
                        ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
                        false,
                        ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
                        "explicit",
                        // The other mode, batch_optimized, acquires whole batches and starts leases of records that
                        // wait.
                        ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
                        "record_limit",
                        ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                        1));
    }

    public static Admin admin(KafkaSettings settings) {
        return Admin.create(adminConfig(settings));
    }

    static Map<String, Object> adminConfig(KafkaSettings settings) {
        return settings.config(Kind.ADMIN, Map.of(), Map.of());
    }
}
