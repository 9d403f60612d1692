package dev.frl.messaging.client;

import dev.frl.messaging.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidRequestException;
import org.jspecify.annotations.Nullable;

/** The share groups of trainers and attackers, in a cluster of Kafka 4.2 or newer. */
final class ShareGroups {
    private static final String FEATURE = "share.version";
    private static final String LEASE = "share.record.lock.duration.ms";
    /** A setting of groups since Kafka 4.3; the only one without which the pipeline works. */
    private static final String DELIVERIES = "share.delivery.count.limit";

    private static final List<ConfigResource> GROUPS = Stream.of(Topics.TRAINERS, Topics.ATTACKERS)
            .map(group -> new ConfigResource(ConfigResource.Type.GROUP, group))
            .toList();

    private ShareGroups() {}

    /** What to do if the cluster has no share groups; empty if it has them. */
    static Optional<String> absent(Admin admin, String servers)
            throws InterruptedException, ExecutionException, TimeoutException {
        var features = Waiting.get(admin.describeFeatures().featureMetadata());
        var supported = features.supportedFeatures().get(FEATURE);
        if (supported == null || supported.maxVersion() < 1) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "Kafka at %s has no share groups, which hand out work to trainers and attackers: the brokers are older than Kafka 4.2",
                    servers));
        }
        var enabled = features.finalizedFeatures().get(FEATURE);
        if (enabled == null || enabled.maxVersionLevel() < 1) {
            return Optional.of(String.format(
                    Locale.ROOT,
                    "Kafka at %s has share groups disabled (feature %s is 0), which hand out work to trainers and attackers; enable"
                            + " them with `kafka-features.sh --bootstrap-server %s upgrade --feature %s=1`",
                    servers,
                    FEATURE,
                    servers,
                    FEATURE));
        }
        return Optional.empty();
    }

    /**
     * Sets the groups up, setting by setting. Returns when the settings are in effect: a member that joins earlier would start
     * at the end of the topic.
     *
     * @return settings that these brokers do not have or refuse, and what holds instead
     * @throws IllegalStateException if the brokers refuse a setting that the pipeline needs
     */
    static List<String> setUp(Admin admin, Duration lease)
            throws InterruptedException, ExecutionException, TimeoutException {
        var wanted = needed();
        wanted.put(LEASE, Long.toString(lease.toMillis()));
        // At the limit Kafka drops the record silently, so this is the highest value that brokers allow by default.
        wanted.put(DELIVERIES, "10");
        var notes = new ArrayList<String>();
        for (var setting : List.copyOf(wanted.entrySet())) {
            var refusal = set(admin, setting.getKey(), setting.getValue());
            if (refusal.isPresent()) {
                if (!setting.getKey().equals(DELIVERIES)) {
                    throw new IllegalStateException(refused(setting.getKey(), setting.getValue(), refusal.get()));
                }
                wanted.remove(DELIVERIES);
                notes.add(String.format(
                        Locale.ROOT,
                        "share groups: these brokers refuse %s=%s (%s); their own limit holds, group.%s",
                        DELIVERIES,
                        setting.getValue(),
                        refusal.get(),
                        DELIVERIES));
            }
        }
        Waiting.until(() -> Waiting.get(admin.describeConfigs(GROUPS).all()).values().stream()
                .allMatch(config ->
                        wanted.entrySet().stream().allMatch(e -> e.getValue().equals(value(config, e.getKey())))));
        return notes;
    }

    /** Settings without which the pipeline does not work. A new map. */
    private static Map<String, String> needed() {
        var needed = new LinkedHashMap<String, String>();
        // Otherwise messages from before the first member joined would never be delivered.
        needed.put("share.auto.offset.reset", "earliest");
        // The controller writes in transactions.
        needed.put("share.isolation.level", "read_committed");
        return needed;
    }

    /** Settings of the groups that are not as the pipeline needs them, in words. */
    static List<String> differences(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        var differences = new TreeMap<String, String>();
        Waiting.get(admin.describeConfigs(GROUPS).all())
                .forEach((group, config) -> needed().forEach((name, value) -> {
                    String has = value(config, name);
                    if (!value.equals(has)) {
                        differences.put(
                                group.name() + " " + name,
                                String.format(
                                        Locale.ROOT, "%s has %s=%s, and needs %s", group.name(), name, has, value));
                    }
                }));
        return List.copyOf(differences.values());
    }

    /** Sets one setting of both groups. @return why the brokers refuse it, empty if they do not */
    private static Optional<String> set(Admin admin, String name, String value)
            throws InterruptedException, ExecutionException, TimeoutException {
        var change = List.of(new AlterConfigOp(new ConfigEntry(name, value), OpType.SET));
        var results = admin.incrementalAlterConfigs(
                        GROUPS.stream().collect(Collectors.toMap(group -> group, group -> change)))
                .values();
        var refusals = new TreeMap<String, String>();
        for (Map.Entry<ConfigResource, KafkaFuture<Void>> result : results.entrySet()) {
            try {
                Waiting.get(result.getValue());
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof InvalidConfigurationException
                        || e.getCause() instanceof InvalidRequestException)) {
                    throw e;
                }
                refusals.put(result.getKey().name(), String.valueOf(e.getCause().getMessage()));
            }
        }
        return refusals.values().stream().findFirst();
    }

    private static String refused(String name, String value, String why) {
        String text = String.format(Locale.ROOT, "Kafka refused %s=%s for share groups: %s", name, value, why);
        return name.equals(LEASE)
                ? text
                        + "; choose a lease that the brokers allow (--lease), or change group.share.min.record.lock.duration.ms"
                        + " and group.share.max.record.lock.duration.ms of the brokers"
                : text;
    }

    private static @Nullable String value(Config config, String name) {
        ConfigEntry entry = config.get(name);
        return entry == null ? null : entry.value();
    }
}
