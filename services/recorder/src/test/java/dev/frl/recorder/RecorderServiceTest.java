package dev.frl.recorder;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.frl.core.checkpoint.CheckpointRef;
import dev.frl.core.errors.Tally;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentEvent.Ended;
import dev.frl.core.experiment.ExperimentEvent.Submitted;
import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.failure.Failures;
import dev.frl.core.fairness.ClassTreatment;
import dev.frl.core.fairness.FairnessUpdate;
import dev.frl.core.fairness.Multipliers;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.run.RunPlan;
import dev.frl.messaging.Topics;
import dev.frl.report.statistics.SweepHistory;
import dev.frl.service.StandardTopics;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.tracking.RecorderException;
import dev.frl.tracking.RunRecorder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** With Kafka's mock consumer and a clock that only pauses advance. The service runs on the thread of the test. */
@Timeout(30)
class RecorderServiceTest {
    private static final Topics TOPICS = StandardTopics.create();
    private static final TopicPartition LOG = new TopicPartition(TOPICS.runLog.name(), 0);
    private static final TopicPartition EXPERIMENTS = new TopicPartition(TOPICS.experimentLog.name(), 0);
    private static final RunPlan PLAN = plan();
    private static final RunPlan ENDED = plan("other", 0);

    /** Offset that an earlier version committed. */
    private long committedBefore;
    /** Place that an earlier process committed. */
    private @Nullable OffsetAndMetadata placeBefore;

    private final MockConsumer<String, byte[]> consumer = new MockConsumer<>("none") {
        @Override
        public synchronized void assign(Collection<TopicPartition> partitions) {
            super.assign(partitions); // forgets what was committed, as no broker does
            if (!recreated) {
                updateEndOffsets(Map.of(
                        LOG,
                        Math.max(
                                Math.max(nextOffset, committedBefore),
                                placeBefore == null ? 0 : LogPlaces.last(placeBefore))));
            }
            if (committedBefore > 0) {
                commitSync(Map.of(LOG, new OffsetAndMetadata(committedBefore)));
            }
            if (placeBefore != null) {
                commitSync(Map.of(LOG, placeBefore));
            }
        }
    };
    /** Whether the topic was deleted and created again since something was committed. */
    private boolean recreated;

    private final FakeRecorder recorder = new FakeRecorder();
    private final FakePauses pauses = new FakePauses();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private long firstOffset;
    private long nextOffset;
    private long committed = -1;

    /** Notes what is recorded, and throws first what a test wants thrown. */
    private final class FakeRecorder implements RunRecorder {
        final List<RunEvent> recorded = new ArrayList<>();
        final List<Integer> historySizes = new ArrayList<>();
        final Deque<Exception> failures = new ArrayDeque<>();
        final Deque<RecorderException> summaryFailures = new ArrayDeque<>();
        final Deque<RecorderException> connectFailures = new ArrayDeque<>();
        final List<String> sweeps = new ArrayList<>();
        int summaries;
        boolean closed;
        long committedAtClose = -1;

        @Nullable
        Error broken;

        @Nullable
        OffsetAndMetadata placeAtClose;

        @Override
        public void connect() throws RecorderException {
            var failure = connectFailures.poll();
            if (failure != null) {
                throw failure;
            }
        }

        @Override
        public void record(RunHistory history, RunEvent event) throws RecorderException {
            if (broken != null) {
                throw broken;
            }
            var failure = failures.poll();
            if (failure instanceof RecorderException e) {
                throw e;
            } else if (failure instanceof RuntimeException e) {
                throw e;
            }
            recorded.add(event);
            historySizes.add(history.events().size());
        }

        @Override
        public void summarise(List<RunHistory> runs, @Nullable SweepHistory sweep) throws RecorderException {
            var failure = summaryFailures.poll();
            if (failure != null) {
                throw failure;
            }
            summaries++;
            if (sweep != null) {
                sweeps.add(sweep.end().map(Ended::reason).orElse("open"));
            }
        }

        @Override
        public void close() {
            closed = true;
            committedAtClose = committed();
            placeAtClose = place();
        }
    }

    private final class FakePauses implements Pauses {
        final List<Duration> pauses = new ArrayList<>();
        final List<Long> committedAtPause = new ArrayList<>();
        int closeAt = Integer.MAX_VALUE;
        Runnable onPause = () -> {};
        long now;

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public boolean pause(Duration pause, CountDownLatch closing) {
            pauses.add(pause);
            onPause.run();
            committedAtPause.add(committed());
            now += pause.toNanos();
            if (pauses.size() == closeAt) {
                closing.countDown();
                return true;
            }
            return false;
        }
    }

    @Test
    void events_are_recorded_in_order_and_their_offsets_committed() {
        // Given
        poll(planned(), requested(1));
        poll(requested(2));

        // When
        var service = run();

        // Then
        assertThat(recorder.recorded).containsExactly(planned(), requested(1), requested(2));
        assertThat(committed).isEqualTo(3);
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.closed).isTrue();
        assertThat(consumer.closed()).isTrue();
    }

    @Test
    void a_recorder_that_cannot_be_reached_is_asked_with_growing_pauses_and_no_event_is_lost_or_overtakes_another() {
        // Given
        poll(() -> unreachable(8), planned(), requested(1), requested(2));

        // When
        run();

        // Then
        assertThat(pauses.pauses).extracting(Duration::toSeconds).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L, 30L);
        assertThat(pauses.committedAtPause).containsOnly(0L);
        assertThat(recorder.recorded).containsExactly(planned(), requested(1), requested(2));
        assertThat(committed).isEqualTo(3);
    }

    /** The next event fails, and so often the recorder cannot be reached. */
    private void unreachable(int times) {
        recorder.failures.add(new RecorderException("no answer"));
        for (int i = 0; i < times; i++) {
            recorder.connectFailures.add(new RecorderException("no answer"));
        }
    }

    @Test
    void what_the_recorder_refuses_is_told_once_a_minute_at_most() {
        // Given
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        var logger = (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(RecorderService.class);
        logger.addAppender(log);
        poll(() -> unreachable(8), planned(), requested(1), requested(2));

        // When: pauses of 121 s, so at 0 s and 61 s
        run();
        logger.detachAppender(log);

        // Then
        assertThat(log.list.stream().filter(line -> line.getMessage().startsWith("not recorded yet")))
                .hasSize(2);
    }

    @Test
    void a_recorder_that_cannot_connect_is_retried_before_the_log_is_read_and_the_service_says_so() {
        // Given
        recorder.connectFailures.add(new RecorderException("MLflow cannot be reached"));
        var service = service();
        var before = service.notReady();
        var during = new ArrayList<Optional<String>>();
        pauses.onPause = () -> during.add(service.notReady());
        poll(planned());

        // When
        run(service);

        // Then
        assertThat(before).isPresent();
        assertThat(during).containsExactly(Optional.of("MLflow cannot be reached"));
        assertThat(recorder.recorded).containsExactly(planned());
        assertThat(service.notReady()).isEmpty();
    }

    @Test
    void events_and_failures_are_counted_and_the_lag_tells_of_events_that_are_not_recorded_yet() {
        // Given
        var lag = new ArrayList<Double>();
        pauses.onPause = () -> lag.add(meters.get("frl.recorder.lag").gauge().value());
        poll(() -> unreachable(1), planned(), requested(1), requested(2));

        // When
        run();

        // Then
        assertThat(lag).containsExactly(3.0);
        assertThat(meters.get("frl.recorder.lag").gauge().value()).isZero();
        assertThat(meters.get("frl.recorded.events").counter().count()).isEqualTo(3);
        assertThat(meters.get("frl.recorder.failures").counter().count()).isEqualTo(2);
        assertThat(meters.getMeters())
                .extracting(meter -> meter.getId().getName())
                .containsExactlyInAnyOrder("frl.recorder.lag", "frl.recorded.events", "frl.recorder.failures");
    }

    @Test
    void the_pauses_start_anew_for_the_next_event() {
        // Given
        poll(() -> unreachable(2), planned());
        poll(() -> unreachable(1), requested(1));

        // When
        run();

        // Then
        assertThat(pauses.pauses).extracting(Duration::toSeconds).containsExactly(1L, 2L, 1L);
    }

    @Test
    void a_run_that_the_recorder_refuses_stops_no_other_and_is_recorded_once_it_is_accepted() {
        // Given
        recorder.failures.add(new RecorderException("refused"));
        var places = new ArrayList<@Nullable OffsetAndMetadata>();
        var unrecorded = new ArrayList<Optional<Unrecorded>>();
        var recorded = new ArrayList<List<RunEvent>>();
        var service = service();
        poll(planned(), planned(ENDED), requested(1), finished(ENDED));
        poll(() -> {
            places.add(place());
            unrecorded.add(service.unrecorded());
            recorded.add(List.copyOf(recorder.recorded));
            pauses.now += Duration.ofSeconds(1).toNanos();
        });
        poll(() -> places.add(place()));

        // When
        run(service);

        // Then
        assertThat(recorded).containsExactly(List.of(planned(ENDED), finished(ENDED)));
        assertThat(unrecorded)
                .containsExactly(Optional.of(new Unrecorded("test", null, Map.of(PLAN.runId(), "refused"))));
        assertThat(places)
                .containsExactly(new OffsetAndMetadata(0, "recorded=0"), new OffsetAndMetadata(0, "recorded=4"));
        assertThat(recorder.recorded).endsWith(planned(), requested(1)).hasSize(4);
        assertThat(pauses.pauses).isEmpty();
        assertThat(service.unrecorded()).isEmpty();
    }

    @Test
    void what_a_run_that_is_refused_has_not_recorded_is_recorded_after_a_restart() {
        // Given
        recorder.failures.add(new RecorderException("refused"));
        poll(planned(ENDED));
        poll(planned(), requested(1), finished(ENDED));

        // When: the clock stands, so the run is not tried again
        recorder.failures.addFirst(new RecorderException("refused"));
        run();
        var again = new RecorderServiceTest();
        again.placeBefore = recorder.placeAtClose;
        again.poll(planned(ENDED), planned(), requested(1), finished(ENDED));
        again.run();

        // Then
        assertThat(recorder.recorded).isEmpty();
        assertThat(recorder.placeAtClose).isEqualTo(new OffsetAndMetadata(0, "recorded=0"));
        assertThat(again.recorder.recorded).containsExactly(planned(ENDED), planned(), requested(1), finished(ENDED));
    }

    @Test
    void what_was_not_recorded_when_the_service_closed_is_recorded_after_a_restart() {
        // Given
        poll(planned());
        poll(() -> unreachable(5), requested(1), requested(2));
        pauses.closeAt = 3;

        // When
        var first = run();
        var again = new RecorderServiceTest();
        again.placeBefore = recorder.placeAtClose;
        again.poll(planned(), requested(1), requested(2));
        again.run();

        // Then
        assertThat(first.ended()).isCompleted();
        assertThat(recorder.recorded).containsExactly(planned());
        assertThat(pauses.pauses).hasSize(3);
        assertThat(recorder.committedAtClose).isEqualTo(1);
        assertThat(again.recorder.recorded).containsExactly(requested(1), requested(2));
        assertThat(again.committed).isEqualTo(3);
    }

    @Test
    void a_restart_begins_with_the_plan_of_the_oldest_open_run_and_not_with_the_log() {
        // Given: the run before it has ended, so its events are not needed any more
        placeBefore = new OffsetAndMetadata(2, "recorded=4");
        poll(planned(ENDED), finished(ENDED), planned(), requested(1), requested(2));

        // When
        var service = run();

        // Then
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.recorded).containsExactly(requested(2));
        assertThat(recorder.historySizes).containsExactly(3);
        assertThat(recorder.placeAtClose).isEqualTo(new OffsetAndMetadata(2, "recorded=5"));
    }

    @Test
    void a_run_that_has_ended_for_an_hour_is_not_read_again() {
        // Given
        var places = new ArrayList<@Nullable OffsetAndMetadata>();
        poll(planned(ENDED), planned());
        poll(finished(ENDED));
        poll(() -> places.add(place()));
        poll(() -> places.add(place()), at(Duration.ofMinutes(59), requested(1)));
        poll(() -> {});
        poll(() -> places.add(place()), at(Duration.ofMinutes(61), requested(2)));
        poll(() -> {});
        poll(() -> places.add(place()));

        // When
        run();

        // Then: the experiment's report needs it so long, since others of its runs may be unread
        assertThat(places)
                .containsExactly(
                        new OffsetAndMetadata(0, "recorded=3"),
                        new OffsetAndMetadata(0, "recorded=3"),
                        new OffsetAndMetadata(0, "recorded=4"),
                        new OffsetAndMetadata(1, "recorded=5"));
        assertThat(recorder.recorded).hasSize(5);
    }

    @Test
    void a_run_is_needed_until_all_runs_of_its_experiment_have_ended() {
        // Given
        var sibling = plan("tiny", 2);
        var later = at(Duration.ofHours(5), requested(1));
        poll(planned(), planned(sibling), finished(), later);
        poll(() -> {});
        poll(() -> {});

        // When
        run();

        // Then
        assertThat(sibling.experimentId()).isEqualTo(PLAN.experimentId());
        assertThat(recorder.placeAtClose).isEqualTo(new OffsetAndMetadata(0, "recorded=4"));
    }

    @Test
    void a_log_whose_beginning_was_deleted_is_recorded_from_what_is_left() {
        // Given: the place is before the log's first record
        placeBefore = new OffsetAndMetadata(1, "recorded=2");
        firstOffset = 4;
        nextOffset = 4;
        poll(requested(2), planned(ENDED), finished(ENDED));

        // When
        var service = run();

        // Then
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.recorded).containsExactly(planned(ENDED), finished(ENDED));
        assertThat(committed).isEqualTo(7);
    }

    @Test
    void events_before_the_committed_offset_are_known_but_not_recorded_again() {
        // Given
        committedBefore = 2;
        poll(planned(), requested(1), requested(2));

        // When
        run();

        // Then
        assertThat(recorder.recorded).containsExactly(requested(2));
        assertThat(recorder.historySizes).containsExactly(3);
        assertThat(committed).isEqualTo(3);
    }

    /** Its topic was deleted and created again: the places are of another log. */
    @Test
    void a_log_that_is_shorter_than_what_was_recorded_is_recorded_from_its_beginning() {
        // Given
        committedBefore = 7;
        recreated = true;
        poll(planned(), requested(1));

        // When
        run();

        // Then
        assertThat(recorder.recorded).containsExactly(planned(), requested(1));
    }

    @Test
    void a_message_that_cannot_be_read_is_skipped_for_good() {
        // Given
        poll(() -> add("nonsense".getBytes(StandardCharsets.UTF_8)), planned());

        // When
        run();

        // Then
        assertThat(recorder.recorded).containsExactly(planned());
        assertThat(committed).isEqualTo(2);
    }

    @Test
    void a_defect_with_one_run_stops_neither_the_service_nor_the_others_and_commits_nothing_of_it() {
        // Given
        recorder.failures.add(new IllegalStateException("broken"));
        poll(planned(), planned(ENDED));

        // When
        var service = run();

        // Then
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.recorded).containsExactly(planned(ENDED));
        assertThat(recorder.committedAtClose).isZero();
        assertThat(service.unrecorded().orElseThrow().behind().get(PLAN.runId()))
                .contains("broken");
    }

    @Test
    void an_error_of_the_virtual_machine_ends_the_service_with_its_cause() {
        // Given
        recorder.broken = new NoClassDefFoundError("org/mlflow/tracking/MlflowClient");
        poll(planned());

        // When
        var service = run();

        // Then
        assertThat(service.ended())
                .failsWithin(Duration.ZERO)
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .havingCause()
                .isSameAs(recorder.broken);
        assertThat(recorder.closed).isTrue();
    }

    @Test
    void a_run_that_has_ended_is_summarised_at_once_and_a_running_one_every_few_seconds() {
        // Given
        var service = service();
        poll(planned(), evaluated(0));
        poll(() -> assertThat(recorder.summaries).isZero());
        poll(() -> assertThat(service.caughtUp()).isFalse());
        poll(() -> pauses.now += Duration.ofSeconds(6).toNanos());
        poll(() -> assertThat(recorder.summaries).isEqualTo(1), evaluated(1));
        poll(() -> assertThat(recorder.summaries).isEqualTo(1), finished());
        poll(() -> {});
        poll(() -> assertThat(recorder.summaries).isEqualTo(2), evaluated(2));
        poll(() -> {});
        poll(() -> {});

        // When
        run(service);

        // Then
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.summaries).isEqualTo(2);
    }

    @Test
    void a_summary_that_fails_is_retried_and_a_service_with_nothing_left_to_do_has_caught_up() {
        // Given
        recorder.summaryFailures.add(new RecorderException("no answer"));
        var caughtUp = new ArrayList<Boolean>();
        var service = service();
        poll(planned(), finished());
        poll(() -> caughtUp.add(service.caughtUp()));
        poll(() -> {
            caughtUp.add(service.caughtUp());
            pauses.now += Duration.ofSeconds(1).toNanos();
        });
        poll(() -> caughtUp.add(service.caughtUp()));

        // When
        run(service);

        // Then
        assertThat(recorder.summaries).isEqualTo(1);
        assertThat(pauses.pauses).isEmpty();
        assertThat(caughtUp).containsExactly(false, false, true);
    }

    @Test
    void the_experiment_log_is_read_too_and_the_end_of_an_experiment_is_summarised_at_once() {
        // Given
        poll(planned(), finished());
        pollExperiment(submitted());
        poll(() -> {});
        poll(() -> addExperiment(1, ended("no run has finished")));
        poll(() -> {});
        poll(() -> {});

        // When
        var service = run();

        // Then
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.sweeps).endsWith("no run has finished");
        assertThat(service.caughtUp()).isTrue();
    }

    @Test
    void a_run_that_goes_on_after_it_was_forgotten_is_read_again_with_its_experiment_and_no_other() {
        // Given: run and experiment have ended for more than an hour
        var reopened = new RunEvent.Reopened(PLAN.runId(), 2, "retry", Instant.EPOCH.plus(Duration.ofHours(5)));
        var again = new RunEvent[] {planned(ENDED), planned(), finished(ENDED), finished()};
        poll(again);
        pollExperiment(submitted(), ended("no run has finished"));
        poll(() -> {});
        poll(at(Duration.ofHours(4), new RunEvent.TrainingRequested("nobody", 1, Failures.NONE, null, Instant.EPOCH)));
        poll(() -> {});
        poll(() -> {});
        poll(reopened);
        // the plan of the run is searched, then its experiment is read: the log gives its records again
        for (int reading = 0; reading < 2; reading++) {
            consumer.schedulePollTask(() -> {
                for (int i = 0; i < again.length; i++) {
                    addAt(i, again[i]);
                }
                addExperiment(0, submitted(), ended("no run has finished"));
                addAt(
                        again.length,
                        at(
                                Duration.ofHours(4),
                                new RunEvent.TrainingRequested("nobody", 1, Failures.NONE, null, Instant.EPOCH)));
            });
        }
        poll(() -> {});

        // When
        var service = run();

        // Then: the event is recorded with the history before it, once, and a restart begins with the plan
        assertThat(service.ended()).isCompleted();
        assertThat(recorder.recorded).hasSize(5).endsWith(reopened);
        assertThat(recorder.historySizes).endsWith(3);
        assertThat(recorder.placeAtClose).isEqualTo(new OffsetAndMetadata(1, "recorded=6"));
    }

    private RecorderService run() {
        return run(service());
    }

    private RecorderService service() {
        return new RecorderService(consumer, TOPICS, "test", recorder, pauses, meters);
    }

    /** Runs the service until all polls are done. */
    private RecorderService run(RecorderService service) {
        consumer.updatePartitions(LOG.topic(), List.of(new PartitionInfo(LOG.topic(), 0, null, null, null)));
        consumer.updatePartitions(
                EXPERIMENTS.topic(), List.of(new PartitionInfo(EXPERIMENTS.topic(), 0, null, null, null)));
        consumer.updateBeginningOffsets(Map.of(LOG, firstOffset, EXPERIMENTS, 0L));
        consumer.updateEndOffsets(Map.of(LOG, Math.max(firstOffset, nextOffset), EXPERIMENTS, 0L));
        consumer.schedulePollTask(() -> {
            committed = committed();
            consumer.wakeup();
        });
        service.run();
        return service;
    }

    /** Offset up to which the events are recorded. */
    private long committed() {
        var place = place();
        return place == null ? 0 : Long.parseLong(place.metadata().replace("recorded=", ""));
    }

    /** What the service committed; null if nothing. */
    private @Nullable OffsetAndMetadata place() {
        var place = consumer.committed(Set.of(LOG)).get(LOG);
        return place == null || place.metadata().isEmpty() ? null : place;
    }

    /** The next poll of the service returns these events. */
    private void poll(RunEvent... events) {
        poll(() -> {}, events);
    }

    /** Likewise, and does something first. */
    private void poll(Runnable first, RunEvent... events) {
        consumer.schedulePollTask(() -> {
            first.run();
            for (var event : events) {
                add(TOPICS.runLog.codec().encode(event));
            }
        });
    }

    /** The next poll of the service returns these events of an experiment. */
    private void pollExperiment(ExperimentEvent... events) {
        consumer.schedulePollTask(() -> addExperiment(0, events));
    }

    private void addExperiment(long offset, ExperimentEvent... events) {
        long next = offset;
        for (var event : events) {
            consumer.addRecord(new ConsumerRecord<>(
                    EXPERIMENTS.topic(),
                    0,
                    next++,
                    event.experimentId(),
                    TOPICS.experimentLog.codec().encode(event)));
        }
        consumer.updateEndOffsets(Map.of(EXPERIMENTS, next)); // an end behind the position would be a negative lag
    }

    private static ExperimentEvent submitted() {
        return new Submitted("tiny", PLAN.experimentId(), 1, Map.of(), ExperimentSettings.ALL_RUNS, 1, Instant.EPOCH);
    }

    private static ExperimentEvent ended(String reason) {
        return new Ended(PLAN.experimentId(), ExperimentPhase.FAILED, null, reason, Instant.EPOCH);
    }

    private void addAt(long offset, RunEvent event) {
        consumer.addRecord(new ConsumerRecord<>(
                LOG.topic(), 0, offset, event.runId(), TOPICS.runLog.codec().encode(event)));
    }

    private void add(byte[] value) {
        consumer.addRecord(new ConsumerRecord<>(LOG.topic(), 0, nextOffset++, PLAN.runId(), value));
        consumer.updateEndOffsets(Map.of(LOG, nextOffset));
    }

    private static RunEvent planned() {
        return planned(PLAN);
    }

    private static RunEvent planned(RunPlan plan) {
        return new RunEvent.Planned(plan, Instant.EPOCH);
    }

    private static RunEvent requested(int attempt) {
        return new RunEvent.TrainingRequested(PLAN.runId(), attempt, Failures.NONE, null, Instant.EPOCH);
    }

    private static RunEvent evaluated(int epoch) {
        var tally = Tally.count(2, new int[] {0, 1}, new int[] {0, 1}, new int[] {1, 1});
        var update = new FairnessUpdate(epoch + 1, Multipliers.zero(2), ClassTreatment.even(2));
        var weights = new CheckpointRef("file:/model.safetensors", "ab".repeat(32));
        return new RunEvent.EpochEvaluated(
                PLAN.runId(), epoch, 1, 1, tally, Duration.ZERO, update, 0, 1, weights, Instant.EPOCH);
    }

    private static RunEvent finished() {
        return finished(PLAN);
    }

    private static RunEvent finished(RunPlan plan) {
        return new RunEvent.Finished(plan.runId(), Instant.EPOCH);
    }

    /** The same request, so long after all other events. */
    private static RunEvent at(Duration time, RunEvent requested) {
        var r = (RunEvent.TrainingRequested) requested;
        return new RunEvent.TrainingRequested(
                r.runId(), r.attempt(), r.failures(), r.reason(), Instant.EPOCH.plus(time));
    }

    private static RunPlan plan() {
        return plan("tiny", 0);
    }

    private static RunPlan plan(String experiment, int run) {
        var admission = new SpecReader(new StandardCatalogue())
                .read(String.format(Locale.ROOT, """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: %s}
                spec:
                  dataset:
                    name: gaussian-mixture
                    mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                    split: {train: 40, validation: 20, test: 20}
                  model: {arch: linear}
                  training: {method: fgsm-at, epochs: 2, batchSize: 20}
                  attack: {training: {epsilon: 0.01}}
                  fairness: {policy: none}
                  sweep: {grid: {training.seed: [1, 2, 3]}}
                """, experiment).getBytes(StandardCharsets.UTF_8));
        return ((Admission.Admitted) admission).plan().runs().get(run);
    }
}
