package dev.frl.recorder;

import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Reopened;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.Service;
import dev.frl.service.metrics.ServiceMetrics;
import dev.frl.tracking.RecorderException;
import dev.frl.tracking.RunRecorder;
import dev.frl.tracking.TrackedEvents;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the run log and the experiment log to a recorder such as MLflow. No run waits for the recorder, however slow or long unreachable it is. Its
 * places in the log are committed ({@link LogPlaces}): after a restart the log is read from the plan of the oldest run whose
 * experiment was still open, and only events that were not recorded before are recorded.
 */
public final class RecorderService implements Service {
    private static final Duration POLL = Duration.ofMillis(250);
    /** Shortest time between two summaries, unless a run has ended: a summary costs a report. */
    private static final Duration BETWEEN_SUMMARIES = Duration.ofSeconds(5);
    /** Share of the time that summaries may take, however many runs a report covers: training may share the processor. */
    private static final double SUMMARIES_SHARE = 0.005;
    /** Longest time between two summaries: one that had to wait for an unreachable recorder must not delay the next for hours. */
    private static final Duration LONGEST_BETWEEN_SUMMARIES = Duration.ofMinutes(1);

    /** The plans of an experiment come in several partitions: its first runs may have ended before the last are planned. */
    private static final Duration GRACE = Duration.ofHours(1);

    private static final Duration BETWEEN_LINES = Duration.ofMinutes(1);
    /** Number of runs that a line names. */
    private static final int MOST_NAMES = 5;

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Logger log = LoggerFactory.getLogger(RecorderService.class);

    private final String name;
    private final Topics topics;
    private final RunRecorder recorder;
    private final TrackedEvents runLog;
    private final Consumer<String, byte[]> consumer;
    private final Pauses pauses;
    private final RecorderMeters meters;
    private final CountDownLatch closing = new CountDownLatch(1);
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final LogPlaces places = new LogPlaces();
    private final ForgottenEvents forgotten;
    private final SkippedRecords skipped = new SkippedRecords();
    private long toldUnreadable;
    private long toldWithoutPlan;
    private long nextSummary;
    private long nextTell;
    private boolean told;
    private boolean waited;
    private boolean runEnded;
    private volatile boolean caughtUp;
    /** Why nothing can be recorded; null if the recorder can be reached. */
    private volatile @Nullable String trouble = "the recorder has not connected yet";
    /** Runs and experiments that are behind, and runs that a user does not want in the recorder, with the reason. */
    private volatile Map<String, String> behind = Map.of();

    /** Reads nothing yet: {@link #run} does, on the thread that calls it. */
    RecorderService(
            Consumer<String, byte[]> consumer,
            Topics topics,
            String name,
            RunRecorder recorder,
            Pauses pauses,
            MeterRegistry meters) {
        this.meters = new RecorderMeters(meters, name);
        this.consumer = consumer;
        this.topics = topics;
        this.name = name;
        this.recorder = recorder;
        this.runLog = new TrackedEvents(recorder, pauses::nanoTime);
        this.forgotten = new ForgottenEvents(consumer, topics, places);
        this.pauses = pauses;
        this.nextSummary = pauses.nanoTime() + BETWEEN_SUMMARIES.toNanos();
    }

    /**
     * Starts a recorder service.
     *
     * @param name of the recorder; its consumer group, and so its committed offsets, is named after it
     * @param recorder closed with this service
     */
    public static RecorderService start(KafkaSettings kafka, Topics topics, String name, RunRecorder recorder) {
        return start(kafka, topics, name, recorder, ServiceMetrics.none());
    }

    /** The same, with a registry for its meters and those of its consumer. */
    static RecorderService start(
            KafkaSettings kafka, Topics topics, String name, RunRecorder recorder, MeterRegistry meters) {
        var consumer = Clients.consumer(kafka, "recorder-" + name, Topics.RECORDERS + "-" + name);
        var service = new RecorderService(consumer, topics, name, recorder, Pauses.REAL, meters);
        ServiceMetrics.bind(meters, consumer);
        new Thread(service::run, "recorder-" + name).start();
        return service;
    }

    @Override
    public CompletableFuture<Void> ended() {
        return ended;
    }

    @Override
    public Optional<String> notReady() {
        return Optional.ofNullable(trouble);
    }

    /** What is not recorded, and why; empty if the recorder can be reached and has refused nothing. The log keeps it. */
    public Optional<Unrecorded> unrecorded() {
        var now = new Unrecorded(name, trouble, behind);
        return now.isNothing() ? Optional.empty() : Optional.of(now);
    }

    /** Whether all events that were in the log at the last poll are recorded and summarised. */
    public boolean caughtUp() {
        return caughtUp;
    }

    void run() {
        try (consumer;
                recorder) {
            begin();
            while (closing.getCount() > 0) {
                follow();
            }
            ended.complete(null);
        } catch (WakeupException e) {
            ended.complete(null);
        } catch (RuntimeException | Error e) { // without its thread the service would look alive for ever
            boolean refused = e instanceof AuthenticationException || e instanceof AuthorizationException;
            log.atError()
                    .addKeyValue("recorder", name)
                    .addKeyValue("reason", e.getMessage())
                    .setCause(refused ? null : e) // the reason says all; the code is not to blame
                    .log("recorder failed; it records no more events");
            ended.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            ended.complete(null);
        }
    }

    private void begin() throws InterruptedException {
        if (!reachable()) {
            return; // closing
        }
        var partitions = TopicReader.seekToBeginning(consumer, topics.runLog, topics.experimentLog);
        var places = this.places.resume(ofThisLog(consumer.committed(Set.copyOf(partitions))));
        var first = consumer.beginningOffsets(places.keySet());
        places.forEach(
                (partition, offset) -> consumer.seek(partition, Math.max(offset, first.getOrDefault(partition, 0L))));
    }

    /** Without the places beyond the end of the log: they are of a topic that was deleted and created again. */
    private Map<TopicPartition, OffsetAndMetadata> ofThisLog(Map<TopicPartition, OffsetAndMetadata> committed) {
        var kept = new HashMap<>(committed);
        kept.values().removeIf(Objects::isNull);
        if (kept.isEmpty()) {
            return kept;
        }
        var ends = consumer.endOffsets(kept.keySet());
        var beyond = kept.entrySet().stream()
                .filter(place -> LogPlaces.last(place.getValue()) > ends.getOrDefault(place.getKey(), Long.MAX_VALUE))
                .map(Map.Entry::getKey)
                .toList();
        if (!beyond.isEmpty()) {
            log.atWarn()
                    .addKeyValue("recorder", name)
                    .addKeyValue("partitions", beyond)
                    .log("the log is shorter than what was recorded of it: its topic was deleted and created again;"
                            + " it is recorded from its beginning. `frl topics reset` deletes such places too");
            kept.keySet().removeAll(beyond);
        }
        return kept;
    }

    private void follow() throws InterruptedException {
        var records = consumer.poll(POLL);
        if (!records.isEmpty()) {
            caughtUp = false;
        }
        meters.fetched(consumer, records.count());
        for (var record : records) {
            if (!(record.topic().equals(topics.experimentLog.name()) ? ofExperiment(record) : ofRun(record))) {
                return;
            }
            meters.done();
        }
        if (!recordBehind()) {
            return;
        }
        commit(places.changes());
        boolean atEnd = records.isEmpty() && isAtEnd();
        if (atEnd) {
            runLog.summariseRemembered();
        }
        summarise(records.isEmpty());
        if (atEnd) {
            places.forget(runLog.forgetEnded(GRACE));
            commit(places.changes());
            tellSkipped();
        }
        behind = notRecorded();
        meters.waiting(runLog.waiting());
        caughtUp = records.isEmpty() && runLog.isComplete();
    }

    /** Returns false if this service closes before the event is recorded. */
    private boolean ofRun(ConsumerRecord<String, byte[]> record) throws InterruptedException {
        var read = TopicReader.value(topics.runLog, record, skipped);
        if (read.isPresent()) {
            var event = read.get();
            if (event instanceof Planned) {
                places.found(event.runId(), record);
            }
            if (places.isRecorded(record)) {
                runLog.remember(event);
                return true;
            }
            if (event instanceof RunEvent.Reopened && !runLog.isKnownRun(event.runId())) {
                forgotten.find(event.runId(), record).ifPresent(this::recall);
            }
            var failure = runLog.accept(event);
            if (runLog.isBehind(event.runId())) {
                places.behind(event.runId(), record);
            } else {
                meters.recorded();
            }
            runEnded |= event.isEnd();
            if (failure.isPresent() && !failed(failure.get())) {
                return false;
            }
        }
        places.recorded(record);
        return true;
    }

    private boolean ofExperiment(ConsumerRecord<String, byte[]> record) {
        var read = TopicReader.value(topics.experimentLog, record, skipped);
        if (read.isPresent()) {
            var event = read.get();
            if (event instanceof Submitted) {
                places.found(event.experimentId(), record);
            }
            if (places.isRecorded(record)) {
                runLog.remember(event);
                return true;
            }
            if (event instanceof Reopened && !runLog.isKnownExperiment(event.experimentId())) {
                recall(event.experimentId());
            }
            runLog.accept(event);
            runEnded |= event instanceof Ended;
        }
        places.recorded(record);
        return true;
    }

    /** Reads again what was recorded of an experiment and its runs: it has ended and was forgotten, and goes on. */
    private void recall(String experimentId) {
        log.atInfo()
                .addKeyValue("recorder", name)
                .addKeyValue("experiment", experimentId)
                .log("experiment goes on after its end; its log is read again");
        forgotten.read(experimentId, runLog);
    }

    private boolean isAtEnd() {
        return consumer.assignment().stream()
                .allMatch(partition -> consumer.currentLag(partition).orElse(1) == 0);
    }

    /** One line for all of them: a log may have many. */
    private void tellSkipped() {
        if (skipped.count() > toldUnreadable) {
            toldUnreadable = skipped.count();
            log.atWarn()
                    .addKeyValue("recorder", name)
                    .addKeyValue("records", skipped)
                    .log("skipped records that this build cannot read");
        }
        if (runLog.eventsWithoutPlan() > toldWithoutPlan) {
            toldWithoutPlan = runLog.eventsWithoutPlan();
            log.atWarn()
                    .addKeyValue("recorder", name)
                    .addKeyValue("events", toldWithoutPlan)
                    .log(
                            "skipped events of runs or experiments whose beginning was deleted from their log; its retention should be unlimited");
        }
    }

    /** Tries again what is due of the runs that are behind. Returns false if this service closes meanwhile. */
    private boolean recordBehind() throws InterruptedException {
        var failure = runLog.recordBehind(event -> meters.recorded());
        places.behind().stream().filter(runId -> !runLog.isBehind(runId)).forEach(places::caughtUp);
        return failure.isEmpty() || failed(failure.get());
    }

    private void summarise(boolean atEndOfLog) throws InterruptedException {
        long begin = pauses.nanoTime();
        boolean due = begin - nextSummary > 0 || runLog.isSummaryDue();
        if (!runLog.hasNews() || !(due || (runEnded && atEndOfLog))) {
            return;
        }
        var failure = runLog.summariseNews();
        if (failure.isPresent()) {
            failed(failure.get());
            return;
        }
        long end = pauses.nanoTime();
        long pause = Math.max(BETWEEN_SUMMARIES.toNanos(), (long) ((end - begin) / SUMMARIES_SHARE));
        nextSummary = end + Math.min(LONGEST_BETWEEN_SUMMARIES.toNanos(), pause);
        runEnded = false;
    }

    /**
     * The recorder failed with one run or summary. If it cannot be reached at all, everything waits until it can, and is then tried at
     * once; else that run alone waits.
     *
     * @return false if this service closes meanwhile
     */
    private boolean failed(RecorderException why) throws InterruptedException {
        behind = notRecorded();
        meters.failed(consumer);
        tell(why.getMessage());
        waited = false;
        boolean reachable = reachable();
        if (waited) {
            runLog.retryNow();
        }
        return reachable;
    }

    private Map<String, String> notRecorded() {
        var reasons = new HashMap<>(recorder.withheld());
        reasons.putAll(runLog.behind());
        return reasons;
    }

    /** Asks the recorder, with growing pauses, until it can be reached. Returns false if this service closes first. */
    private boolean reachable() throws InterruptedException {
        var pause = FIRST_PAUSE;
        while (closing.getCount() > 0) {
            try {
                recorder.connect();
                trouble = null;
                return true;
            } catch (RecorderException e) {
                trouble = e.getMessage();
                meters.failed(consumer);
                tell(e.getMessage());
                waited = true;
                if (pauses.pause(pause, closing)) {
                    return false;
                }
                var twice = pause.multipliedBy(2);
                pause = twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
            }
        }
        return false;
    }

    /** One line a minute at most, however many runs are refused. */
    private void tell(String reason) {
        long now = pauses.nanoTime();
        if (told && now - nextTell < 0) {
            return;
        }
        told = true;
        nextTell = now + BETWEEN_LINES.toNanos();
        var line = log.atWarn().addKeyValue("recorder", name).addKeyValue("reason", reason);
        if (!behind.isEmpty()) {
            line = line.addKeyValue("behind", behind.size())
                    .addKeyValue(
                            "of", behind.keySet().stream().limit(MOST_NAMES).toList());
        }
        line.log("not recorded yet; the run log keeps it, and it is tried again");
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> next) {
        if (next.isEmpty()) {
            return;
        }
        try {
            consumer.commitSync(next);
        } catch (WakeupException e) {
            throw e; // this service closes
        } catch (KafkaException e) { // after a restart the same events are recorded again, which changes nothing
            log.atWarn()
                    .addKeyValue("recorder", name)
                    .addKeyValue("reason", e.getMessage())
                    .log("offsets not committed");
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
        } catch (ExecutionException | TimeoutException e) {
            log.atDebug().setCause(e).log("recorder did not stop in time");
        }
    }
}
