package dev.frl.messaging.client;

import dev.frl.core.HumanTime;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Creates the pipeline's topics, mends their settings, and sets up its share groups. Doing so again changes nothing. */
public final class TopicAdmin {
    private static final Logger LOG = LoggerFactory.getLogger(TopicAdmin.class);

    private TopicAdmin() {}

    /**
     * How topics and share groups are laid out.
     *
     * @param partitions of each topic that the controller joins; the others have the number that they declare
     * @param replication copies of each partition, from 1
     * @param lease duration of a lease (share.record.lock.duration.ms); brokers allow 15 to 60 s by default
     */
    public record Layout(int partitions, int replication, Duration lease) {
        public static final Duration LEASE = Duration.ofSeconds(30);
        /** For a single broker. */
        public static final Layout SINGLE = new Layout(1, 1, LEASE);

        public Layout {
            if (partitions < 1 || replication < 1 || lease.toMillis() < 1) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "%d partitions, %d copies, leases of %s: each must be at least 1",
                        partitions,
                        replication,
                        HumanTime.of(lease)));
            }
        }

        /** The declared layout with this replication factor. */
        public static Layout replicated(int replication) {
            return new Layout(Topics.PARTITIONS, replication, LEASE);
        }
    }

    /**
     * What was done.
     *
     * @param created topics that were missing
     * @param mended settings of existing topics that were set, such as {@code frl.run-status: cleanup.policy=compact}
     * @param notes what was left as it is, with the command that changes it
     */
    public record Report(List<String> created, List<String> mended, List<String> notes) {
        public Report {
            created = List.copyOf(created);
            mended = List.copyOf(mended);
            notes = List.copyOf(notes);
        }
    }

    /**
     * Creates missing topics and sets up the share groups. Sets what existing topics lack; what somebody chose for a topic stays.
     *
     * @throws UnpreparedClusterException if the cluster has no share groups, or if existing topics differ in their number of
     *     partitions and have messages
     * @throws IllegalStateException if Kafka refuses or cannot be reached
     */
    public static Report create(KafkaSettings settings, Topics topics, Layout layout) {
        String servers = settings.bootstrapServers();
        try (var admin = Clients.admin(settings)) {
            var absent = ShareGroups.absent(admin, servers);
            if (absent.isPresent()) {
                throw new UnpreparedClusterException(absent.get());
            }
            var notes = new ArrayList<String>();
            var all = PartitionCounts.allNames(topics);
            var before = PartitionCounts.of(admin, all);
            int partitions = before.usual(joined(topics), layout.partitions());
            if (partitions != layout.partitions()) {
                notes.add(String.format(
                        Locale.ROOT,
                        "the topics keep their number of partitions, %d instead of %d",
                        partitions,
                        layout.partitions()));
            }
            List<String> created = createMissing(admin, topics, partitions, layout.replication());
            Waiting.until(() -> PartitionCounts.of(admin, all).missing(all).isEmpty());
            var repair = new TopicRepair(admin, servers, created, notes);
            repair.partitions(joined(topics));
            PartitionCounts.of(admin, all).requireDeclared(topics, servers);
            repair.settings(topics.everything());
            repair.replication(all, layout.replication());
            notes.addAll(PartitionCounts.of(admin, all).manyOf(topics.shared()));
            notes.addAll(ShareGroups.setUp(admin, layout.lease()));
            LOG.atInfo()
                    .addKeyValue("created", created.size())
                    .addKeyValue("mended", repair.mended())
                    .log("topics and share groups are ready");
            return new Report(created, repair.mended(), notes);
        } catch (TimeoutException | org.apache.kafka.common.errors.TimeoutException e) {
            throw new IllegalStateException("no response from Kafka at " + servers, e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof AuthorizationException) {
                denied(settings, topics);
            }
            throw new IllegalStateException(
                    String.format(Locale.ROOT, "Kafka at %s refused: %s", servers, cause.getMessage()), cause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while topics were created", e);
        }
    }

    /** @throws LackingRightsException if this is why the brokers refused */
    private static void denied(KafkaSettings settings, Topics topics) {
        try {
            ClusterCheck.requireRights(settings, topics, Role.ADMIN);
        } catch (ExecutionException | TimeoutException e) {
            LOG.atDebug().setCause(e).log("rights not known");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The controller joins these partition by partition. */
    private static List<String> joined(Topics topics) {
        return topics.joined().stream().map(Topic::name).toList();
    }

    private static List<String> createMissing(Admin admin, Topics topics, int partitions, int replication)
            throws InterruptedException, ExecutionException, TimeoutException {
        var wanted = new ArrayList<NewTopic>();
        var joined = topics.joined();
        topics.everything()
                .forEach(t -> wanted.add(newTopic(t, joined.contains(t) ? partitions : t.partitions(), replication)));
        var created = new ArrayList<String>();
        for (var result : new TreeMap<>(admin.createTopics(wanted).values()).entrySet()) {
            try {
                Waiting.get(result.getValue());
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
        var config = new HashMap<>(TopicRepair.settings(topic));
        config.put("min.insync.replicas", Integer.toString(Math.max(1, replication - 1)));
        return new NewTopic(topic.name(), partitions, (short) replication).configs(config);
    }
}
