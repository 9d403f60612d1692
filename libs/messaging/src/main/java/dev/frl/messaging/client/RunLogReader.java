package dev.frl.messaging.client;

import dev.frl.core.HumanTime;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.message.SpecRejected;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads what is known about runs: the latest status of each from the compacted topic, and the events of some from the run log,
 * from the time on at which they were planned; the rejections of specs, which became none; and the events of experiments. The events
 * of one run come in order; those of different runs are interleaved as they lie in the partitions. Only committed records are read; those that cannot be decoded are skipped and counted.
 *
 * <p>Every method throws TimeoutException if Kafka does not respond in time, and {@link MissingTopicException} if a topic does not
 * exist.
 */
public final class RunLogReader {
    private static final Duration POLL = Duration.ofMillis(200);

    private RunLogReader() {}

    /** Receives what is read, on the thread that reads. */
    public interface Follower {
        /** Checked several times a second; true ends the reading. */
        boolean enough();

        void event(RunEvent event);

        void status(RunStatus status);
    }

    /**
     * Reads the latest status of every run.
     *
     * @param statuses receives them in the order in which the runs were planned
     */
    public static SkippedRecords statuses(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            java.util.function.Consumer<? super RunStatus> statuses)
            throws TimeoutException {
        var latest = new LinkedHashMap<String, RunStatus>();
        var skipped = new SkippedRecords();
        try (var reading = new Reading(settings, timeout)) {
            TopicReader.seekToBeginning(reading.consumer, timeout, topics.runStatus);
            reading.toTheEnd(() -> false, record -> {
                if (record.value() == null) {
                    latest.remove(record.key()); // Kafka's form of a deletion
                } else {
                    TopicReader.value(topics.runStatus, record, skipped).ifPresent(s -> latest.put(s.runId(), s));
                }
            });
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, timeout, e);
        }
        latest.values().stream()
                .sorted(Comparator.comparing(RunStatus::plannedAt))
                .forEach(statuses);
        return skipped;
    }

    /**
     * Reads the rejections of specs that are there when it is called; the topic keeps those of some weeks.
     *
     * @param rejections receives each; those of one key come in order
     */
    public static SkippedRecords rejections(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            java.util.function.Consumer<? super SpecRejected> rejections)
            throws TimeoutException {
        return all(settings, topics.specRejections, timeout, rejections);
    }

    /**
     * Reads the events of experiments that are in their log when it is called.
     *
     * @param events receives each event; those of one experiment come in order
     */
    public static SkippedRecords experimentEvents(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            java.util.function.Consumer<? super ExperimentEvent> events)
            throws TimeoutException {
        return all(settings, topics.experimentLog, timeout, events);
    }

    private static <V> SkippedRecords all(
            KafkaSettings settings, Topic<V> topic, Duration timeout, java.util.function.Consumer<? super V> values)
            throws TimeoutException {
        var skipped = new SkippedRecords();
        try (var reading = new Reading(settings, timeout)) {
            TopicReader.seekToBeginning(reading.consumer, timeout, topic);
            reading.toTheEnd(
                    () -> false,
                    record -> TopicReader.value(topic, record, skipped).ifPresent(values));
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, timeout, e);
        }
        return skipped;
    }

    /**
     * Reads the events of some runs that are in the log when it is called.
     *
     * @param runs status of these runs
     * @param events receives each event
     */
    public static SkippedRecords events(
            KafkaSettings settings,
            Topics topics,
            Duration timeout,
            Collection<RunStatus> runs,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        var skipped = new SkippedRecords();
        var times = new HashMap<String, Instant>();
        var ends = new HashMap<String, Instant>();
        runs.forEach(run -> {
            times.put(run.runId(), run.plannedAt());
            ends.put(run.runId(), run.since());
        });
        if (times.isEmpty()) {
            return skipped;
        }
        var goesOn = new HashSet<>(times.keySet());
        boolean allEnded = runs.stream().allMatch(run -> run.phase().isTerminal());
        try (var reading = new Reading(settings, timeout)) {
            TopicReader.seekToTimes(reading.consumer, times, timeout, topics.runLog);
            reading.toTheEnd(() -> allEnded && goesOn.isEmpty(), record -> {
                if (times.containsKey(record.key())) {
                    TopicReader.value(topics.runLog, record, skipped).ifPresent(event -> {
                        // A run that was retried has ended before.
                        if (event.isEnd() && !event.at().isBefore(ends.getOrDefault(event.runId(), Instant.MAX))) {
                            goesOn.remove(event.runId());
                        }
                        events.accept(event);
                    });
                }
            });
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, timeout, e);
        }
        return skipped;
    }

    /**
     * Reads status and events of some runs, and then follows them.
     *
     * @param patience time limit for Kafka's first response
     * @param runs id of each run, and the time from which on it is read
     */
    public static SkippedRecords follow(
            KafkaSettings settings, Topics topics, Duration patience, Map<String, Instant> runs, Follower follower)
            throws TimeoutException {
        var skipped = new SkippedRecords();
        try (var reading = new Reading(settings, patience)) {
            TopicReader.seekToTimes(reading.consumer, runs, patience, topics.runStatus, topics.runLog);
            while (!follower.enough()) {
                for (var record : reading.consumer.poll(POLL)) {
                    if (!runs.containsKey(record.key())) {
                        continue; // a partition has many runs
                    }
                    if (record.topic().equals(topics.runLog.name())) {
                        TopicReader.value(topics.runLog, record, skipped).ifPresent(follower::event);
                    } else if (record.value() != null) {
                        TopicReader.value(topics.runStatus, record, skipped).ifPresent(follower::status);
                    }
                }
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, patience, e);
        }
        return skipped;
    }

    /**
     * Reads the whole log from its beginning, and then follows it.
     *
     * @param patience time limit for Kafka's first response
     * @param enough checked several times a second; true ends the reading
     * @param events receives each event, on this thread
     */
    public static SkippedRecords follow(
            KafkaSettings settings,
            Topics topics,
            Duration patience,
            BooleanSupplier enough,
            java.util.function.Consumer<? super RunEvent> events)
            throws TimeoutException {
        var skipped = new SkippedRecords();
        try (var reading = new Reading(settings, patience)) {
            TopicReader.seekToBeginning(reading.consumer, patience, topics.runLog);
            while (!enough.getAsBoolean()) {
                for (var record : reading.consumer.poll(POLL)) {
                    TopicReader.value(topics.runLog, record, skipped).ifPresent(events);
                }
            }
        } catch (org.apache.kafka.common.errors.TimeoutException e) {
            throw unreachable(settings, patience, e);
        }
        return skipped;
    }

    /** A consumer, and a limit for the time of a reading. */
    private static final class Reading implements AutoCloseable {
        final Consumer<String, byte[]> consumer;
        private final Duration timeout;
        private final long deadline;

        Reading(KafkaSettings settings, Duration timeout) {
            this.consumer = Clients.consumer(settings, "frl-run-log", null);
            this.timeout = timeout;
            this.deadline = System.nanoTime() + timeout.toNanos();
        }

        /** Reads the records that are there now. */
        void toTheEnd(BooleanSupplier enough, java.util.function.Consumer<ConsumerRecord<String, byte[]>> records)
                throws TimeoutException {
            var end = new HashMap<>(consumer.endOffsets(consumer.assignment(), timeout));
            long read = 0;
            while (!enough.getAsBoolean() && !reached(end)) {
                if (System.nanoTime() > deadline) {
                    throw new TimeoutException(String.format(
                            Locale.ROOT,
                            "the topics of the runs were not read to their end within %s: %d records so far",
                            HumanTime.of(timeout),
                            read));
                }
                for (var record : consumer.poll(POLL)) {
                    records.accept(record);
                    read++;
                }
            }
        }

        private boolean reached(Map<TopicPartition, Long> end) {
            end.entrySet().removeIf(e -> consumer.position(e.getKey(), timeout) >= e.getValue());
            return end.isEmpty();
        }

        @Override
        public void close() {
            consumer.close();
        }
    }

    private static TimeoutException unreachable(KafkaSettings settings, Duration patience, Exception cause) {
        var e = new TimeoutException(String.format(
                Locale.ROOT,
                "no response from Kafka at %s within %s",
                settings.bootstrapServers(),
                HumanTime.of(patience)));
        e.initCause(cause);
        return e;
    }
}
