package dev.frl.messaging.admin;

import static java.util.Objects.requireNonNull;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.client.UnpreparedClusterException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.ToLongFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether the controller's state is of the logs that are there. A topic that was deleted and created again leaves the
 * changelogs as they were: the controller would know experiments of which no log tells, and a spec that is published again would do
 * nothing. Changelogs that were deleted make it forget runs that have not ended.
 */
public final class StateCheck {
    private static final long PATIENCE_SECONDS = 60;
    private static final Duration POLL = Duration.ofMillis(200);
    /** The clocks of controllers differ; a fact and its decision are written at the same time. */
    private static final Duration SKEW = Duration.ofMinutes(10);

    private StateCheck() {}

    /** @throws UnpreparedClusterException if the state does not fit the logs */
    public static void require(KafkaSettings settings, Topics topics)
            throws InterruptedException, ExecutionException, TimeoutException {
        try (var admin = Clients.admin(settings)) {
            for (var pair : Map.of(Topics.RUN_FACTS, topics.runLog, Topics.EXPERIMENT_FACTS, topics.experimentLog)
                    .entrySet()) {
                var changelog = topics.changelogs().stream()
                        .filter(topic -> topic.name().contains(pair.getKey()))
                        .findFirst()
                        .orElseThrow();
                var log = Ends.of(admin, pair.getValue());
                var state = Ends.of(admin, changelog);
                var why = misfit(log, state);
                // A controller that died in its first transaction leaves records that count for nothing.
                if (why != null && (state.end() > 0 ? hasRecord(settings, changelog) : hasCommitted(admin))) {
                    throw new UnpreparedClusterException(String.format(
                            Locale.ROOT,
                            "the controller's state does not fit its topics: %s. When nothing of it is needed any more, stop the services and run `frl topics reset --bootstrap %s` and `frl topics create`",
                            String.format(Locale.ROOT, why, pair.getValue().name(), changelog.name()),
                            settings.bootstrapServers()));
                }
            }
        }
    }

    private static boolean hasRecord(KafkaSettings settings, Topic<?> changelog) {
        try (var consumer = Clients.consumer(settings, "frl-state-check", null)) {
            var ends = consumer.endOffsets(TopicReader.seekToBeginning(consumer, changelog));
            while (ends.entrySet().stream().anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
                if (!consumer.poll(POLL).isEmpty()) {
                    return true;
                }
            }
            return false;
        }
    }

    private static boolean hasCommitted(Admin admin) throws InterruptedException, ExecutionException, TimeoutException {
        return !get(admin.listConsumerGroupOffsets(Topics.CONTROLLERS).partitionsToOffsetAndMetadata())
                .isEmpty();
    }

    /** A text with places for the names of log and changelog; null if they fit. */
    private static @Nullable String misfit(Ends log, Ends changelog) {
        if (log.end() == 0 && changelog.end() > 0) {
            return "%s is empty, but %s is not: the log was deleted and created again";
        }
        if (log.end() > 0 && changelog.end() == 0) {
            return "%s is not empty, but %s is: the changelog was deleted, so that runs which have not ended are forgotten";
        }
        if (log.begin() == 0
                && log.first().isPresent()
                && changelog.first().isPresent()
                && changelog.first().getAsLong() < log.first().getAsLong() - SKEW.toMillis()) {
            return "%s begins later than %s: the log was deleted and created again";
        }
        return null;
    }

    /**
     * Where a topic begins and ends.
     *
     * @param begin sum of the first offsets of its partitions
     * @param end likewise of the last
     * @param first timestamp of its oldest record, in milliseconds
     */
    private record Ends(long begin, long end, OptionalLong first) {
        static Ends of(Admin admin, Topic<?> topic) throws InterruptedException, ExecutionException, TimeoutException {
            var partitions = get(requireNonNull(admin.describeTopics(List.of(topic.name()))
                            .topicNameValues()
                            .get(topic.name())))
                    .partitions()
                    .stream()
                    .map(partition -> new TopicPartition(topic.name(), partition.partition()))
                    .toList();
            var first = offsets(admin, partitions, OffsetSpec.forTimestamp(0)).values().stream()
                    .filter(info -> info.offset() >= 0 && info.timestamp() >= 0)
                    .mapToLong(ListOffsetsResultInfo::timestamp)
                    .min();
            return new Ends(
                    sum(offsets(admin, partitions, OffsetSpec.earliest()), ListOffsetsResultInfo::offset),
                    sum(offsets(admin, partitions, OffsetSpec.latest()), ListOffsetsResultInfo::offset),
                    first);
        }

        private static long sum(
                Map<TopicPartition, ListOffsetsResultInfo> offsets, ToLongFunction<ListOffsetsResultInfo> of) {
            return offsets.values().stream().mapToLong(of).sum();
        }

        private static Map<TopicPartition, ListOffsetsResultInfo> offsets(
                Admin admin, List<TopicPartition> partitions, OffsetSpec which)
                throws InterruptedException, ExecutionException, TimeoutException {
            var wanted = new HashMap<TopicPartition, OffsetSpec>();
            partitions.forEach(partition -> wanted.put(partition, which));
            return get(admin.listOffsets(wanted).all());
        }
    }

    private static <T> T get(KafkaFuture<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
