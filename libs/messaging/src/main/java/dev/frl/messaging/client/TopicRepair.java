package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;

/**
 * Mends topics that something else created, such as a broker with auto.create.topics.enable. Sets what a topic does not set
 * itself, and adds partitions to an empty topic. What somebody chose, and what would move keys to other partitions, stays.
 */
final class TopicRepair {
    /** Bytes for the key and the headers, in addition to the value. */
    private static final int OVERHEAD = 64 << 10;

    /**
     * Known to brokers from Kafka 4.4, so no topic is created with it. Without it, a message of some kilobytes may take gigabytes in
     * the services that read it.
     */
    private static final String MAX_DECOMPRESSED = "max.decompressed.message.bytes";

    private final Admin admin;
    private final String servers;
    private final List<String> created;
    private final List<String> notes;
    private final List<String> mended = new ArrayList<>();
    private final boolean dry;

    /**
     * @param created topics that were just created, of which nothing needs to be told
     * @param notes receives what is not mended
     */
    TopicRepair(Admin admin, String servers, List<String> created, List<String> notes) {
        this(admin, servers, created, notes, false);
    }

    private TopicRepair(Admin admin, String servers, List<String> created, List<String> notes, boolean dry) {
        this.dry = dry;
        this.admin = admin;
        this.servers = servers;
        this.created = created;
        this.notes = notes;
    }

    /** Only finds out what it would mend. */
    static TopicRepair dry(Admin admin, String servers, List<String> notes) {
        return new TopicRepair(admin, servers, List.of(), notes, true);
    }

    /** Settings that a topic is created with, with Kafka's names. */
    static Map<String, String> settings(Topic<?> topic) {
        var settings = new HashMap<>(topic.config());
        settings.put("max.message.bytes", Integer.toString(topic.maxBytes() + OVERHEAD));
        return settings;
    }

    /** These, and those that only newer brokers know. */
    private static Map<String, String> allSettings(Topic<?> topic) {
        var settings = settings(topic);
        settings.put(MAX_DECOMPRESSED, Integer.toString(topic.maxBytes() + OVERHEAD));
        return settings;
    }

    /** What was mended so far. */
    List<String> mended() {
        return List.copyOf(mended);
    }

    /**
     * Gives all topics the same number of partitions.
     *
     * @throws UnpreparedClusterException if a topic with another number has messages, or more partitions than the others
     */
    void partitions(Collection<String> names) throws InterruptedException, ExecutionException, TimeoutException {
        var counts = PartitionCounts.of(admin, names);
        int usual = counts.usual(names, 0);
        var unusual = counts.unusual(names);
        var growing = new ArrayList<String>();
        for (var topic : unusual.entrySet()) {
            if (topic.getValue() < usual && isEmpty(topic.getKey(), topic.getValue())) {
                growing.add(topic.getKey());
            }
        }
        if (growing.size() < unusual.size()) {
            var rest = unusual.keySet().stream()
                    .filter(name -> !growing.contains(name))
                    .toList();
            throw new UnpreparedClusterException(String.format(
                    Locale.ROOT,
                    "%s. Partitions can only be added, and only to an empty topic. When all runs have ended, stop the services,"
                            + " delete what differs, with its messages (%s), and run `frl topics create --bootstrap %s` again",
                    counts.difference(names),
                    rest.stream()
                            .map(name -> String.format(
                                    Locale.ROOT,
                                    "`kafka-topics.sh --bootstrap-server %s --delete --topic %s`",
                                    servers,
                                    name))
                            .collect(Collectors.joining(", ")),
                    servers));
        }
        for (String name : growing) {
            Waiting.get(admin.createPartitions(Map.of(name, NewPartitions.increaseTo(usual)))
                    .all());
            mended.add(String.format(Locale.ROOT, "%s: %d partitions", name, usual));
        }
        if (!growing.isEmpty()) {
            Waiting.until(() -> PartitionCounts.of(admin, names).unusual(names).isEmpty());
        }
    }

    /** Notes topics with fewer replicas than were asked for: other brokers must be chosen for them, which Kafka leaves to its operator. */
    void replication(Collection<String> names, int wanted)
            throws InterruptedException, ExecutionException, TimeoutException {
        var few = new TreeMap<String, Integer>();
        Waiting.get(admin.describeTopics(names).allTopicNames()).forEach((name, topic) -> {
            int replicas = topic.partitions().stream()
                    .mapToInt(partition -> partition.replicas().size())
                    .min()
                    .orElse(wanted);
            if (replicas < wanted) {
                few.put(name, replicas);
            }
        });
        if (!few.isEmpty()) {
            notes.add(String.format(
                    Locale.ROOT,
                    "%s: fewer replicas than %d, and an existing topic keeps its number. `kafka-reassign-partitions.sh --bootstrap-server %s` adds replicas",
                    ClusterCheck.some(few.entrySet().stream()
                            .map(e -> e.getKey() + " has " + e.getValue())
                            .toList()),
                    wanted,
                    servers));
        }
    }

    private boolean isEmpty(String topic, int partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        var ends = IntStream.range(0, partitions)
                .mapToObj(partition -> new TopicPartition(topic, partition))
                .collect(Collectors.toMap(partition -> partition, partition -> OffsetSpec.latest()));
        return Waiting.get(admin.listOffsets(ends).all()).values().stream().allMatch(end -> end.offset() == 0);
    }

    /** Sets what these topics do not set themselves, and notes what somebody else set and the pipeline cannot work with. */
    void settings(List<Topic<?>> topics) throws InterruptedException, ExecutionException, TimeoutException {
        var resources = topics.stream()
                .collect(Collectors.toMap(
                        topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic.name()),
                        TopicRepair::allSettings));
        if (resources.isEmpty()) {
            return;
        }
        var changes = new HashMap<ConfigResource, Collection<AlterConfigOp>>();
        var found = new TreeMap<String, ConfigResource>();
        var configs = Waiting.get(admin.describeConfigs(resources.keySet()).all());
        configs.keySet().forEach(resource -> found.put(resource.name(), resource));
        found.forEach((topic, resource) -> {
            var config = configs.get(resource);
            new TreeMap<>(resources.getOrDefault(resource, Map.of())).forEach((name, wanted) -> {
                var entry = config == null ? null : config.get(name);
                if (entry == null || wanted.equals(entry.value())) {
                    return;
                }
                if (entry.source() != ConfigSource.DYNAMIC_TOPIC_CONFIG) {
                    changes.computeIfAbsent(resource, r -> new ArrayList<>())
                            .add(new AlterConfigOp(new ConfigEntry(name, wanted), OpType.SET));
                    if (!created.contains(topic)) {
                        mended.add(String.format(Locale.ROOT, "%s: %s=%s", topic, name, wanted));
                    }
                } else if (isLess(entry.value(), wanted)) {
                    notes.add(String.format(
                            Locale.ROOT,
                            "%s has %s=%s, and frl needs %s: `kafka-configs.sh --bootstrap-server %s --alter --topic %s --add-config %s=%s`",
                            topic,
                            name,
                            entry.value(),
                            wanted,
                            servers,
                            topic,
                            name,
                            wanted));
                }
            });
        });
        if (!changes.isEmpty() && !dry) {
            Waiting.get(admin.incrementalAlterConfigs(changes).all());
        }
    }

    /** Whether a value keeps less than is needed; -1 means without limit. */
    private static boolean isLess(String value, String wanted) {
        if (!wanted.matches("-?[0-9.]+") || !value.matches("-?[0-9.]+")) {
            return true; // it differs
        }
        double has = Double.parseDouble(value);
        double needs = Double.parseDouble(wanted);
        return has != -1 && (needs == -1 || has < needs);
    }
}
