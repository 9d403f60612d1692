package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Lacking;
import dev.frl.messaging.access.Role;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.RetriableException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks what the pipeline needs of a cluster before it is used: share groups, all topics, and the same number of partitions for
 * all. A client that found out by itself would wait without a word, or create a topic with none of its settings.
 */
public final class ClusterCheck {
    private static final Logger LOG = LoggerFactory.getLogger(ClusterCheck.class);
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private ClusterCheck() {}

    /**
     * Checks the cluster once brokers answer, however long that takes: services may start before their brokers. Logs a warning
     * every 10 s meanwhile.
     *
     * @param role whose rights are checked
     * @throws UnpreparedClusterException if the cluster lacks something, {@link LackingRightsException} if this is a right
     * @throws IllegalArgumentException if the brokers do not let this client in, since its settings are not for them
     */
    public static void awaitReady(KafkaSettings settings, Topics topics, Role role) throws InterruptedException {
        try (var admin = resolved(settings)) {
            while (true) {
                try {
                    requireAnswer(admin, PATIENCE);
                    requireReady(admin, settings, topics, role);
                    return;
                } catch (TimeoutException e) {
                    waiting(settings);
                } catch (ExecutionException e) {
                    Throwable cause = e.getCause() == null ? e : e.getCause();
                    if (!(cause instanceof RetriableException)) {
                        throw new IllegalArgumentException(
                                ConnectionTrouble.of(cause, settings)
                                        .orElseGet(() -> String.format(
                                                Locale.ROOT,
                                                "Kafka at %s refused: %s",
                                                settings.bootstrapServers(),
                                                cause.getMessage())),
                                cause);
                    }
                    waiting(settings);
                }
            }
        } catch (KafkaException e) { // a client that cannot be made: a store that is not there, no token
            throw new IllegalArgumentException(settings.wrong(e), e);
        }
    }

    /** A client, once a host of the brokers has an address: Docker and Kubernetes give it one only while it runs. */
    private static Admin resolved(KafkaSettings settings) throws InterruptedException {
        while (true) {
            try {
                return Clients.admin(settings);
            } catch (KafkaException e) {
                if (!isUnresolved(e)) {
                    throw e;
                }
                LOG.atWarn()
                        .addKeyValue("bootstrapServers", settings.bootstrapServers())
                        .log("no host of the brokers has an address; waiting for one");
                Thread.sleep(PATIENCE.toMillis());
            }
        }
    }

    /** Whether no client could be made since no host of the brokers has an address. */
    static boolean isUnresolved(KafkaException e) {
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof ConfigException
                    && String.valueOf(cause.getMessage()).startsWith("No resolvable")) {
                return true;
            }
        }
        return false;
    }

    /**
     * Asks the brokers for their addresses.
     *
     * @param patience also for the client itself, whose closing waits for what it asked
     * @return how many brokers there are
     */
    public static int requireAnswer(Admin admin, Duration patience)
            throws InterruptedException, ExecutionException, TimeoutException {
        int millis = (int) patience.toMillis();
        return admin.describeCluster(new DescribeClusterOptions().timeoutMs(millis))
                .nodes()
                .get(2L * millis, TimeUnit.MILLISECONDS)
                .size();
    }

    /** @throws IllegalArgumentException if a listener is there that speaks otherwise than this client */
    private static void waiting(KafkaSettings settings) {
        ConnectionTrouble.probed(settings).ifPresent(trouble -> {
            throw new IllegalArgumentException(trouble);
        });
        ConnectionTrouble.unreachable(settings)
                .ifPresentOrElse(
                        trouble ->
                                LOG.atWarn().addKeyValue("reason", trouble).log("no broker answers; waiting for one"),
                        () -> LOG.atWarn()
                                .addKeyValue("bootstrapServers", settings.bootstrapServers())
                                .log("no broker answers; waiting for one"));
    }

    /**
     * @param role whose rights are checked
     * @throws UnpreparedClusterException if the cluster lacks something
     */
    public static void requireReady(KafkaSettings settings, Topics topics, Role role)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            requireReady(admin, settings, topics, role);
        }
    }

    /** @throws LackingRightsException if the role lacks one */
    public static void requireRights(KafkaSettings settings, Topics topics, Role role)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            requireRights(admin, settings, topics, role);
        }
    }

    private static void requireRights(Admin admin, KafkaSettings settings, Topics topics, Role role)
            throws InterruptedException, ExecutionException, TimeoutException {
        var lacking = Lacking.of(admin, role, topics);
        if (!lacking.isEmpty()) {
            throw new LackingRightsException(settings, role, lacking);
        }
    }

    private static void requireReady(Admin admin, KafkaSettings settings, Topics topics, Role role)
            throws InterruptedException, ExecutionException, TimeoutException {
        String servers = settings.bootstrapServers();
        var absent = ShareGroups.absent(admin, servers);
        if (absent.isPresent()) {
            throw new UnpreparedClusterException(absent.get());
        }
        var all = PartitionCounts.allNames(topics);
        var counts = PartitionCounts.of(admin, all);
        var missing = counts.missing(all);
        if (!missing.isEmpty()) {
            throw new MissingTopicException(servers, missing, missing.size() == all.size());
        }
        requireRights(admin, settings, topics, role);
        counts.requireDeclared(topics, servers);
        var joined = topics.joined().stream().map(Topic::name).toList();
        if (!counts.unusual(joined).isEmpty()) {
            throw new UnpreparedClusterException(String.format(
                    Locale.ROOT,
                    "%s; `frl topics create --bootstrap %s` mends it or says how",
                    counts.difference(joined),
                    servers));
        }
    }

    /** @throws MissingTopicException if one of these topics does not exist */
    public static void requireTopics(KafkaSettings settings, Topic<?>... topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            var names = Stream.of(topics).map(Topic::name).toList();
            var missing = PartitionCounts.of(admin, names).missing(names);
            if (!missing.isEmpty()) {
                throw new MissingTopicException(settings.bootstrapServers(), missing, false);
            }
        }
    }

    /**
     * Looks for all topics of the pipeline.
     *
     * @throws MissingTopicException if one does not exist
     */
    public static void requireTopics(Admin admin, KafkaSettings settings, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        var all = PartitionCounts.allNames(topics);
        var missing = PartitionCounts.of(admin, all).missing(all);
        if (!missing.isEmpty()) {
            throw new MissingTopicException(settings.bootstrapServers(), missing, missing.size() == all.size());
        }
    }

    /** What to do if the cluster has no share groups; empty if it has them. */
    public static Optional<String> withoutShareGroups(KafkaSettings settings)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            return ShareGroups.absent(admin, settings.bootstrapServers());
        }
    }

    /** Some names and the number of the others. */
    static String some(List<String> names) {
        int shown = Math.min(names.size(), 3);
        return String.join(", ", names.subList(0, shown))
                + (names.size() > shown ? String.format(Locale.ROOT, " and %d more", names.size() - shown) : "");
    }
}
