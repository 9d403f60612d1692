package dev.frl.messaging.admin;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.UnpreparedClusterException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Deletes everything that the pipeline keeps in a cluster: topics, the internal topics of Kafka Streams, and the groups with their
 * offsets. A topic that is deleted alone leaves state behind that does not fit the next one.
 */
public final class TopicReset {
    private static final long PATIENCE_SECONDS = 60;
    private static final long PAUSE_MILLIS = 100;

    private TopicReset() {}

    /**
     * What there is to delete.
     *
     * @param topics names, sorted
     * @param groups names, sorted
     * @param busy groups that have members now
     */
    public record Resettable(List<String> topics, List<String> groups, List<String> busy) {
        public Resettable {
            topics = List.copyOf(topics);
            groups = List.copyOf(groups);
            busy = List.copyOf(busy);
        }

        public boolean isEmpty() {
            return topics.isEmpty() && groups.isEmpty();
        }
    }

    /** Looks what there is, and changes nothing. */
    public static Resettable look(KafkaSettings settings, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            var ours = topics.everything().stream().map(Topic::name).collect(Collectors.toSet());
            var found = get(admin.listTopics().names()).stream()
                    .filter(name -> ours.contains(name) || name.startsWith(Topics.CONTROLLERS + "-"))
                    .sorted()
                    .toList();
            var groups = groups(admin);
            return new Resettable(
                    found,
                    groups.stream().map(GroupListing::groupId).sorted().toList(),
                    groups.stream()
                            .filter(group -> group.groupState()
                                    .map(state -> state != GroupState.EMPTY && state != GroupState.DEAD)
                                    .orElse(false))
                            .map(GroupListing::groupId)
                            .sorted()
                            .toList());
        }
    }

    private static List<GroupListing> groups(Admin admin)
            throws InterruptedException, ExecutionException, TimeoutException {
        return get(admin.listGroups().all()).stream()
                .filter(group -> isOurs(group.groupId()))
                .toList();
    }

    private static boolean isOurs(String group) {
        return Set.of(Topics.TRAINERS, Topics.ATTACKERS, Topics.CONTROLLERS).contains(group)
                || group.startsWith(Topics.RECORDERS + "-");
    }

    /**
     * Deletes groups and topics. Returns when no topic is left.
     *
     * @throws UnpreparedClusterException if services still run
     */
    public static void delete(KafkaSettings settings, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        var found = look(settings, topics);
        if (!found.busy().isEmpty()) {
            throw new UnpreparedClusterException(String.format(
                    Locale.ROOT,
                    "services still run: %s. Stop all of them first; a killed one leaves its group after 45 s",
                    found.busy().stream()
                            .map(group -> String.format(Locale.ROOT, "group %s has members", group))
                            .collect(Collectors.joining(", "))));
        }
        try (var admin = Clients.admin(settings)) {
            var shares = new ArrayList<String>();
            var others = new ArrayList<String>();
            for (var group : groups(admin)) {
                (group.type().filter(GroupType.SHARE::equals).isPresent() ? shares : others).add(group.groupId());
            }
            deleted(admin.deleteShareGroups(shares).deletedGroups().values());
            deleted(admin.deleteConsumerGroups(others).deletedGroups().values());
            deleted(admin.deleteTopics(found.topics()).topicNameValues().values());
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            var left = new TreeSet<>(found.topics());
            while (!left.isEmpty()) {
                left.retainAll(get(admin.listTopics().names()));
                if (System.nanoTime() > end) {
                    throw new TimeoutException("still there: " + left);
                }
                Thread.sleep(PAUSE_MILLIS);
            }
        }
    }

    private static void deleted(Collection<KafkaFuture<Void>> results)
            throws InterruptedException, ExecutionException, TimeoutException {
        for (var result : results) {
            try {
                get(result);
            } catch (ExecutionException e) {
                if (!(e.getCause() instanceof GroupIdNotFoundException
                        || e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
