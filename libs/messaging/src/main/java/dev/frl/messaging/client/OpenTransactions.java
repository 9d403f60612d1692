package dev.frl.messaging.client;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;

/**
 * Transactions that are open for long. All readers of the pipeline read what is committed, so they get nothing of a partition that
 * comes after the first record of an open transaction.
 */
final class OpenTransactions {
    /** Those of the controller take some seconds. */
    private static final Duration LONG = Duration.ofMinutes(1);

    private final Admin admin;
    private final Instant now;

    OpenTransactions(Admin admin, Instant now) {
        this.admin = admin;
        this.now = now;
    }

    /**
     * A transaction that holds up the readers of a partition.
     *
     * @param since when it began or, if no coordinator knows it, when it last wrote; null if this user may not see it
     * @param producer of the transaction, for people
     * @param startOffset of its first record
     */
    record Open(TopicPartition partition, @Nullable Instant since, String producer, long startOffset) {
        String inWords() {
            return since == null
                    ? partition.toString()
                    : String.format(
                            Locale.ROOT,
                            "%s since %s by %s",
                            partition,
                            since.truncatedTo(ChronoUnit.SECONDS),
                            producer);
        }

        String abort(String servers) {
            return String.format(
                    Locale.ROOT,
                    "kafka-transactions.sh --bootstrap-server %s abort --topic %s --partition %d --start-offset %d",
                    servers,
                    partition.topic(),
                    partition.partition(),
                    startOffset);
        }
    }

    /**
     * Looks for them.
     *
     * @param topics numbers of partitions by topic
     */
    List<Open> in(Map<String, Integer> topics) throws InterruptedException, ExecutionException, TimeoutException {
        var partitions = new ArrayList<TopicPartition>();
        new TreeMap<>(topics).forEach((topic, count) -> {
            for (int partition = 0; partition < count; partition++) {
                partitions.add(new TopicPartition(topic, partition));
            }
        });
        var written = ends(partitions, IsolationLevel.READ_UNCOMMITTED);
        var readable = ends(partitions, IsolationLevel.READ_COMMITTED);
        partitions.removeIf(partition -> readable.getOrDefault(partition, 0L) >= written.getOrDefault(partition, 0L));
        return partitions.isEmpty() ? List.of() : open(partitions);
    }

    private Map<TopicPartition, Long> ends(List<TopicPartition> partitions, IsolationLevel isolation)
            throws InterruptedException, ExecutionException, TimeoutException {
        var latest = partitions.stream().collect(Collectors.toMap(p -> p, p -> OffsetSpec.latest()));
        Map<TopicPartition, ListOffsetsResultInfo> found = Waiting.get(
                admin.listOffsets(latest, new ListOffsetsOptions(isolation)).all());
        return found.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().offset()));
    }

    private List<Open> open(List<TopicPartition> partitions)
            throws InterruptedException, ExecutionException, TimeoutException {
        var open = new ArrayList<Open>();
        var states = new HashMap<TopicPartition, List<ProducerState>>();
        var described = admin.describeProducers(partitions);
        for (var partition : partitions) {
            var producers = allowed(() -> described.partitionResult(partition));
            if (producers == null) {
                open.add(new Open(partition, null, "", 0));
            } else {
                states.put(
                        partition,
                        producers.activeProducers().stream()
                                .filter(state ->
                                        state.currentTransactionStartOffset().isPresent())
                                .toList());
            }
        }
        var transactions =
                transactions(states.values().stream().flatMap(List::stream).toList());
        for (var partition : partitions) {
            for (var state : states.getOrDefault(partition, List.of())) {
                var of = of(partition, state, transactions);
                if (of.since() != null && of.since().plus(LONG).isBefore(now)) {
                    open.add(of);
                }
            }
        }
        return open;
    }

    private static Open of(
            TopicPartition partition, ProducerState state, Map<String, TransactionDescription> transactions) {
        for (var transaction : transactions.entrySet()) {
            var description = transaction.getValue();
            if (description.producerId() == state.producerId()
                    && description.topicPartitions().contains(partition)
                    && description.transactionStartTimeMs().isPresent()) {
                return new Open(
                        partition,
                        Instant.ofEpochMilli(
                                description.transactionStartTimeMs().getAsLong()),
                        String.format(
                                Locale.ROOT,
                                "producer %d, transactional id %s",
                                state.producerId(),
                                transaction.getKey()),
                        state.currentTransactionStartOffset().orElse(0));
            }
        }
        return new Open(
                partition,
                Instant.ofEpochMilli(state.lastTimestamp()),
                String.format(
                        Locale.ROOT, "producer %d, of whose transaction no coordinator knows", state.producerId()),
                state.currentTransactionStartOffset().orElse(0));
    }

    /** What the coordinators know of the transactions of these producers, by transactional id. */
    private Map<String, TransactionDescription> transactions(List<ProducerState> states)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (states.isEmpty()) {
            return Map.of();
        }
        var producers = states.stream().map(ProducerState::producerId).collect(Collectors.toSet());
        var listed = allowed(() -> admin.listTransactions(new ListTransactionsOptions().filterProducerIds(producers))
                .all());
        if (listed == null || listed.isEmpty()) {
            return Map.of();
        }
        var ids = listed.stream().map(TransactionListing::transactionalId).toList();
        var described = allowed(() -> admin.describeTransactions(ids).all());
        return described == null ? Map.of() : described;
    }

    /** Null if this user may not see it. */
    private static <T> @Nullable T allowed(Supplier<KafkaFuture<T>> question)
            throws InterruptedException, ExecutionException, TimeoutException {
        try {
            return Waiting.get(question.get());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AuthorizationException) {
                return null;
            }
            throw e;
        }
    }
}
