package dev.frl.messaging.client;

import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Numbers of partitions of the topics that exist. The controller joins the pipeline's topics partition by partition, so all but
 * a few need the same number; see {@link Topics#joined()}.
 *
 * @param existing partitions by topic
 * @param unknown topics that this client may not see
 */
record PartitionCounts(Map<String, Integer> existing, List<String> unknown) {
    PartitionCounts {
        existing = Map.copyOf(existing);
        unknown = List.copyOf(unknown);
    }

    static PartitionCounts of(Admin admin, Collection<String> names)
            throws InterruptedException, ExecutionException, TimeoutException {
        var existing = new TreeMap<String, Integer>();
        var unknown = new ArrayList<String>();
        for (var described : admin.describeTopics(names).topicNameValues().entrySet()) {
            try {
                existing.put(
                        described.getKey(),
                        Waiting.get(described.getValue()).partitions().size());
            } catch (ExecutionException e) {
                if (e.getCause() instanceof AuthorizationException) {
                    unknown.add(described.getKey());
                } else if (!(e.getCause() instanceof UnknownTopicOrPartitionException)) {
                    throw e;
                }
            }
        }
        return new PartitionCounts(existing, unknown);
    }

    /** Names of all topics, those for dead letters and changelogs included. */
    static List<String> allNames(Topics topics) {
        return topics.everything().stream().map(Topic::name).toList();
    }

    /** Topics that do not exist, in this order. */
    List<String> missing(Collection<String> names) {
        return names.stream()
                .filter(name -> !existing.containsKey(name) && !unknown.contains(name))
                .toList();
    }

    /** The number that most of these topics have; the smallest such number, or {@code otherwise} if none of them exists. */
    int usual(Collection<String> names, int otherwise) {
        var topicsByCount = names.stream()
                .filter(existing::containsKey)
                .map(existing::get)
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        int usual = otherwise;
        long most = 0;
        for (var count : topicsByCount.entrySet()) {
            if (count.getValue() > most) {
                usual = count.getKey();
                most = count.getValue();
            }
        }
        return usual;
    }

    /** Topics with another number, and that number. */
    Map<String, Integer> unusual(Collection<String> names) {
        int usual = usual(names, 0);
        var unusual = new LinkedHashMap<String, Integer>();
        names.stream().sorted().filter(existing::containsKey).forEach(name -> {
            int count = existing.getOrDefault(name, usual);
            if (count != usual) {
                unusual.put(name, count);
            }
        });
        return unusual;
    }

    /**
     * Checks the topics that are not joined and have a number of their own, on which the controller relies. Dead letters and topics of
     * share groups may have any.
     *
     * @throws UnpreparedClusterException if one has another number
     */
    void requireDeclared(Topics topics, String servers) {
        var joined = topics.joined();
        for (var topic : topics.everything()) {
            if (topic.name().startsWith(Topic.DEAD_LETTERS)) {
                continue;
            }
            int count = existing.getOrDefault(topic.name(), topic.partitions());
            if (!joined.contains(topic) && !topics.shared().contains(topic) && count != topic.partitions()) {
                throw new UnpreparedClusterException(String.format(
                        Locale.ROOT,
                        "%s has %d partitions, but the controller needs %d, whatever the others have. When all runs have ended,"
                                + " stop the services, run `kafka-topics.sh --bootstrap-server %s --delete --topic %1$s`, and"
                                + " then `frl topics create --bootstrap %4$s`",
                        topic.name(),
                        count,
                        topic.partitions(),
                        servers));
            }
        }
    }

    /** What to know of topics of share groups that have more partitions than one. */
    List<String> manyOf(Collection<Topic<?>> shared) {
        return shared.stream()
                .filter(topic -> existing.getOrDefault(topic.name(), Topics.SHARED) > Topics.SHARED)
                .map(topic -> String.format(
                        Locale.ROOT,
                        "%s has %d partitions, and each worker sees some of them only, so that workers may be idle while others have work."
                                + " With fewer than some hundred workers it should have 1: delete the topic when all runs have ended, and run"
                                + " this command again",
                        topic.name(),
                        existing.get(topic.name())))
                .toList();
    }

    /** The problem in words; the remedy depends on who reads them. */
    String difference(Collection<String> names) {
        return String.format(
                Locale.ROOT,
                "topics differ in their numbers of partitions, but the controller needs the same number for all: %s, the others %d",
                unusual(names).entrySet().stream()
                        .map(e -> e.getKey() + "=" + e.getValue())
                        .collect(Collectors.joining(", ")),
                usual(names, 0));
    }
}
