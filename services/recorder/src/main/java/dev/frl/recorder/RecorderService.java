package dev.frl.recorder;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.ServiceProcess;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.tracking.RecorderException;
import dev.frl.tracking.RunRecorder;
import dev.frl.tracking.TrackedEvents;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the run log to a recorder, after the fact: however slow or long away the recorder is, no run waits for it. What was
 * recorded is committed; after a restart the log is read again to know the runs, but only what is new is recorded.
 */
public final class RecorderService implements ServiceProcess.Service {
    private static final Duration POLL = Duration.ofMillis(250);
    /** A summary costs a report: not after every event, but at once when a run has ended. */
    private static final Duration BETWEEN_SUMMARIES = Duration.ofSeconds(5);
    /** Nor for more than this part of the time, however many runs a report tells of: training may share the processor. */
    private static final double SUMMARIES_SHARE = 0.005;
    /** A summary that had to wait for a recorder that was away must not put off the next one for hours. */
    private static final Duration LONGEST_BETWEEN_SUMMARIES = Duration.ofMinutes(1);

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(RecorderService.class);

    private final String name;
    private final Topics topics;
    private final RunRecorder recorder;
    private final TrackedEvents runLog;
    private final Consumer<String, byte[]> consumer;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Thread thread;
    private Map<TopicPartition, Long> recorded = Map.of();
    private long nextSummary = System.nanoTime() + BETWEEN_SUMMARIES.toNanos();
    private boolean runEnded;
    private volatile boolean caughtUp;

    /**
     * @param name of the recorder: what it has recorded is remembered under this name
     * @param recorder closed with this service
     */
    public RecorderService(KafkaSettings kafka, Topics topics, String name, RunRecorder recorder) {
        this.name = name;
        this.topics = topics;
        this.recorder = recorder;
        this.runLog = new TrackedEvents(recorder);
        this.consumer = Clients.consumer(kafka, "recorder-" + name, "frl-recorder-" + name);
        this.thread = new Thread(this::run, "recorder-" + name);
        thread.start();
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    /** Whether all that was in the log when it last looked is recorded and summarised. */
    public boolean caughtUp() {
        return caughtUp;
    }

    private void run() {
        try (consumer;
                recorder) {
            begin();
            while (closing.getCount() > 0) {
                follow();
            }
            ended.complete(null);
        } catch (WakeupException e) {
            ended.complete(null);
        } catch (RuntimeException e) {
            log.atError().addKeyValue("recorder", name).setCause(e).log("records no more");
            ended.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended.complete(null);
        }
    }

    private void begin() {
        var partitions = consumer.partitionsFor(topics.runLog.name()).stream()
                .map(p -> new TopicPartition(p.topic(), p.partition()))
                .collect(java.util.stream.Collectors.toSet());
        consumer.assign(partitions);
        var offsets = new HashMap<TopicPartition, Long>();
        consumer.committed(partitions).forEach((partition, offset) -> {
            if (offset != null) {
                offsets.put(partition, offset.offset());
            }
        });
        recorded = offsets;
        consumer.seekToBeginning(partitions);
    }

    private void follow() throws InterruptedException {
        var records = consumer.poll(POLL);
        if (!records.isEmpty()) {
            caughtUp = false;
        }
        var next = new HashMap<TopicPartition, OffsetAndMetadata>();
        for (var record : records) {
            var partition = new TopicPartition(record.topic(), record.partition());
            if (record.offset() < recorded.getOrDefault(partition, 0L)) {
                read(record).ifPresent(runLog::remember);
            } else {
                var event = read(record);
                if (event.isPresent()) {
                    if (!untilDone(() -> runLog.accept(event.get()))) {
                        return;
                    }
                    runEnded |= event.get() instanceof Finished || event.get() instanceof Failed;
                }
                next.put(partition, new OffsetAndMetadata(record.offset() + 1));
            }
        }
        if (!next.isEmpty()) {
            commit(next);
        }
        long begin = System.nanoTime();
        boolean due = begin - nextSummary > 0;
        if (runLog.hasNews() && (due || (runEnded && records.isEmpty())) && untilDone(runLog::summariseNews)) {
            long end = System.nanoTime();
            long pause = Math.max(BETWEEN_SUMMARIES.toNanos(), (long) ((end - begin) / SUMMARIES_SHARE));
            nextSummary = end + Math.min(LONGEST_BETWEEN_SUMMARIES.toNanos(), pause);
            runEnded = false;
        }
        caughtUp = records.isEmpty() && !runLog.hasNews();
    }

    private java.util.Optional<RunEvent> read(ConsumerRecord<String, byte[]> record) {
        try {
            return java.util.Optional.of(topics.runLog.codec().decode(record.value()));
        } catch (UnreadableMessage e) {
            log.atWarn()
                    .addKeyValue("topic", record.topic())
                    .addKeyValue("partition", record.partition())
                    .addKeyValue("offset", record.offset())
                    .addKeyValue("reason", e.getMessage())
                    .log("passed over an event that cannot be read");
            return java.util.Optional.empty();
        }
    }

    /** Something that may have to be tried again. */
    private interface Recording {
        void run() throws RecorderException;
    }

    /** Tries with growing pauses. @return false if this service closes first */
    private boolean untilDone(Recording recording) throws InterruptedException {
        var pause = FIRST_PAUSE;
        while (closing.getCount() > 0) {
            try {
                recording.run();
                return true;
            } catch (RecorderException e) {
                log.atWarn()
                        .addKeyValue("recorder", name)
                        .addKeyValue("reason", e.getMessage())
                        .addKeyValue("againIn", pause)
                        .log("not recorded yet");
                if (closing.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                    return false;
                }
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause.multipliedBy(2);
            }
        }
        return false;
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> next) {
        try {
            consumer.commitSync(next);
        } catch (WakeupException e) {
            throw e; // this service closes
        } catch (KafkaException e) { // recorded again after a restart, which changes nothing
            log.atWarn()
                    .addKeyValue("recorder", name)
                    .addKeyValue("reason", e.getMessage())
                    .log("not committed");
        }
    }

    @Override
    public void close() {
        closing.countDown();
        consumer.wakeup();
        try {
            ended.get(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            log.atDebug().setCause(e).log("recorder did not end in time");
        }
    }
}
