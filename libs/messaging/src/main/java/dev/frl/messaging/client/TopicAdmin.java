package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the pipeline's topics and sets up its share groups. Doing so again changes nothing. */
public final class TopicAdmin {
    private static final Logger LOG = LoggerFactory.getLogger(TopicAdmin.class);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Bytes for the key and the headers, in addition to the value. */
    private static final int OVERHEAD = 64 << 10;

    private TopicAdmin() {}

    /**
     * How topics and share groups are laid out.
     *
     * @param partitions of each topic of the pipeline; dead-letter topics have one
     * @param replication copies of each partition, from 1
     * @param lease duration of a lease (share.record.lock.duration.ms); brokers allow 15 to 60 s by default
     */
    public record Layout(int partitions, int replication, Duration lease) {
        public static final Duration LEASE = Duration.ofSeconds(30);
        /** For a single broker. */
        public static final Layout SINGLE = new Layout(1, 1, LEASE);

        public Layout {
            if (partitions < 1 || replication < 1 || lease.toMillis() < 1) {
                throw new IllegalArgumentException("%d partitions, %d copies, leases of %s: each must be at least 1"
                        .formatted(partitions, replication, lease));
            }
        }

        /** The declared layout with this replication factor. */
        public static Layout replicated(int replication) {
            return new Layout(Topics.PARTITIONS, replication, LEASE);
        }
    }

    /**
     * Creates missing topics and sets up the share groups. Existing topics keep their settings.
     *
     * @return names of the topics that were created
     * @throws IllegalStateException if Kafka refuses or cannot be reached, or if existing topics differ in their number of
     *     partitions
     */
    public static List<String> create(KafkaSettings settings, Topics topics, Layout layout) {
        try (var admin = Clients.admin(settings)) {
            List<String> created = createMissing(admin, topics, layout);
            requireSamePartitions(admin, topics);
            setUpGroups(admin, layout.lease());
            LOG.atInfo().addKeyValue("created", created.size()).log("topics and share groups are ready");
            return created;
        } catch (TimeoutException | org.apache.kafka.common.errors.TimeoutException e) {
            throw new IllegalStateException("no response from Kafka at " + settings.bootstrapServers(), e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new IllegalStateException(
                    "Kafka at %s refused: %s".formatted(settings.bootstrapServers(), cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while topics were created", e);
        }
    }

    private static List<String> createMissing(Admin admin, Topics topics, Layout layout)
            throws InterruptedException, ExecutionException, TimeoutException {
        var wanted = new ArrayList<NewTopic>();
        topics.all().forEach(t -> wanted.add(newTopic(t, layout.partitions(), layout.replication())));
        topics.deadLetters().forEach(t -> wanted.add(newTopic(t, t.partitions(), layout.replication())));
        var created = new ArrayList<String>();
        for (var result : new TreeMap<>(admin.createTopics(wanted).values()).entrySet()) {
            try {
                get(result.getValue());
                created.add(result.getKey());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof TopicExistsException)) {
                    throw e;
                }
            }
        }
        return created;
    }

    private static NewTopic newTopic(Topic<?> topic, int partitions, int replication) {
        var config = new HashMap<>(topic.config());
        config.put("max.message.bytes", Integer.toString(topic.maxBytes() + OVERHEAD));
        config.put("min.insync.replicas", Integer.toString(Math.max(1, replication - 1)));
        return new NewTopic(topic.name(), partitions, (short) replication).configs(config);
    }

    /** The controller joins its topics partition by partition. */
    private static void requireSamePartitions(Admin admin, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        var names = topics.all().stream().map(Topic::name).toList();
        var partitions = new TreeMap<String, Integer>();
        until(() -> {
            for (var described : admin.describeTopics(names).topicNameValues().entrySet()) {
                try {
                    partitions.put(
                            described.getKey(),
                            get(described.getValue()).partitions().size());
                } catch (ExecutionException e) {
                    if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                        throw e;
                    }
                }
            }
            return partitions.size() == names.size();
        });
        if (Set.copyOf(partitions.values()).size() > 1) {
            throw new IllegalStateException(
                    "topics differ in their numbers of partitions, but the controller needs the same number for all: "
                            + partitions);
        }
    }

    /** Returns when the settings are in effect: a member that joins earlier would start at the end of the topic. */
    private static void setUpGroups(Admin admin, Duration lease)
            throws InterruptedException, ExecutionException, TimeoutException {
        var wanted = Map.of(
                // Otherwise messages from before the first member joined would never be delivered.
                "share.auto.offset.reset", "earliest",
                // The controller writes in transactions.
                "share.isolation.level", "read_committed",
                "share.record.lock.duration.ms", Long.toString(lease.toMillis()),
                // At the limit Kafka drops the record silently, so this is the highest value that brokers allow by
                // default.
                "share.delivery.count.limit", "10");
        var groups = Stream.of(Topics.TRAINERS, Topics.ATTACKERS)
                .map(group -> new ConfigResource(ConfigResource.Type.GROUP, group))
                .toList();
        Collection<AlterConfigOp> changes = wanted.entrySet().stream()
                .map(e -> new AlterConfigOp(new ConfigEntry(e.getKey(), e.getValue()), OpType.SET))
                .toList();
        get(admin.incrementalAlterConfigs(groups.stream().collect(Collectors.toMap(g -> g, g -> changes)))
                .all());
        until(() -> get(admin.describeConfigs(groups).all()).values().stream()
                .allMatch(config ->
                        wanted.entrySet().stream().allMatch(e -> e.getValue().equals(value(config, e.getKey())))));
    }

    private static @Nullable String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null ? null : entry.value();
    }

    /** Waits for a condition: a change is visible only when it has reached the broker that answers. */
    private static void until(Condition condition) throws InterruptedException, ExecutionException, TimeoutException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() > end) {
                throw new TimeoutException();
            }
            Thread.sleep(50);
        }
    }

    private interface Condition {
        boolean holds() throws InterruptedException, ExecutionException, TimeoutException;
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    }
}
