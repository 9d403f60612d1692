package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.report.SyntheticSweep;
import dev.frl.report.statistics.SweepHistory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TrackedEventsTest {
    private static final class Fake implements RunRecorder {
        final List<RunEvent> recorded = new ArrayList<>();
        final List<Integer> summaries = new ArrayList<>();

        @Nullable
        RecorderException failure;

        @Nullable
        RuntimeException defect;

        String failsFor = "r";
        int attempts;

        @Override
        public void record(RunHistory history, RunEvent event) throws RecorderException {
            if (event.runId().equals(failsFor)) {
                attempts++;
                if (failure != null) {
                    throw failure;
                }
                if (defect != null) {
                    throw defect;
                }
            }
            recorded.add(event);
        }

        @Override
        public void summarise(List<RunHistory> runs, @Nullable SweepHistory sweep) {
            summaries.add(runs.size());
        }

        @Override
        public void close() {}
    }

    private final Fake fake = new Fake();
    private long now;
    private final TrackedEvents log = new TrackedEvents(fake, () -> now);
    private final List<RunEvent> events = new SyntheticRun(Choice.of("r", Policy.NONE, 1), List.of("a", "b"))
            .epoch(0, new double[] {.1, .4}, new double[] {.2, .8})
            .finished()
            .events();

    @Test
    void a_repeat_is_left_out() throws Exception {
        // When
        for (RunEvent event : events) {
            log.accept(event);
            log.accept(event);
        }

        // Then
        assertThat(fake.recorded).isEqualTo(events);
        assertThat(log.histories())
                .singleElement()
                .satisfies(h -> assertThat(h.events()).hasSize(events.size()));
    }

    @Test
    void an_event_that_fails_waits_with_those_after_it_and_all_are_recorded_in_order_once_the_cause_is_mended() {
        // Given
        fake.failure = new RecorderException("down");

        // When
        assertThat(log.accept(events.get(0)))
                .hasValueSatisfying(e -> assertThat(e).hasMessage("down"));
        fake.failure = null;
        events.subList(1, events.size())
                .forEach(event -> assertThat(log.accept(event)).isEmpty());
        var early = List.copyOf(fake.recorded);
        boolean complete = log.isComplete();
        var reasons = log.behind();
        log.retryNow();
        log.recordBehind(event -> {});

        // Then
        assertThat(early).isEmpty();
        assertThat(complete).isFalse();
        assertThat(reasons).containsExactly(Map.entry("r", "down"));
        assertThat(fake.recorded).isEqualTo(events);
        assertThat(log.behind()).isEmpty();
    }

    @Test
    void a_run_that_is_refused_for_ever_does_not_stop_the_others_and_is_tried_after_growing_pauses() {
        // Given
        var other = new SyntheticRun(Choice.of("other", Policy.NONE, 1), List.of("a", "b"))
                .finished()
                .events();
        fake.failure = new RecorderException("no");
        fake.failsFor = "r";

        // When
        events.forEach(log::accept);
        other.forEach(log::accept);
        var attempts = new ArrayList<Long>();
        for (long second = 1; second <= 200; second++) {
            now = second * 1_000_000_000;
            int before = fake.attempts;
            log.recordBehind(event -> {});
            if (fake.attempts > before) {
                attempts.add(second);
            }
        }

        // Then
        assertThat(fake.recorded).isEqualTo(other);
        assertThat(attempts).containsExactly(1L, 3L, 7L, 15L, 31L, 63L, 123L, 183L);
    }

    @Test
    void a_defect_with_one_run_does_not_stop_the_others() {
        // Given
        fake.defect = new IllegalStateException("broken");
        fake.failsFor = "r";

        // When
        events.forEach(log::accept);

        // Then
        assertThat(log.behind().get("r")).contains("defect of the recorder", "broken");
    }

    @Test
    void the_summary_that_an_earlier_process_did_not_write_is_written_at_the_end_of_the_log() {
        // Given
        events.forEach(log::remember);

        // When
        log.summariseNews();
        var before = List.copyOf(fake.summaries);
        log.summariseRemembered();
        log.summariseNews();

        // Then
        assertThat(before).isEmpty();
        assertThat(fake.summaries).containsExactly(1);
    }

    @Test
    void an_experiment_with_new_results_is_summarised_once() throws Exception {
        // Given
        for (RunEvent event : events) {
            log.accept(event);
        }

        // When
        boolean newsBefore = log.hasNews();
        log.summariseNews();
        log.summariseNews();

        // Then
        assertThat(newsBefore).isTrue();
        assertThat(log.hasNews()).isFalse();
        assertThat(fake.summaries).containsExactly(1);
    }

    @Test
    void a_log_that_does_not_start_with_a_plan_is_skipped() throws Exception {
        // When
        log.accept(events.get(1));

        // Then
        assertThat(fake.recorded).isEmpty();
        assertThat(log.eventsWithoutPlan()).isOne();
    }

    @Test
    void an_experiment_that_has_ended_is_forgotten_after_its_summary_and_some_time() throws Exception {
        // Given
        var open = new SyntheticRun(Choice.of("open", Policy.NONE, 1), List.of("a", "b"));
        for (RunEvent event : events) {
            log.accept(event);
        }

        // When
        var beforeSummary = log.forgetEnded(Duration.ZERO);
        log.summariseNews();
        var tooEarly = log.forgetEnded(Duration.ofMinutes(1));
        var then = log.forgetEnded(Duration.ZERO);
        log.accept(new RunEvent.Dropped(
                "r", "shard 1", "the run has ended", events.get(0).at()));

        // Then
        assertThat(beforeSummary).isEmpty();
        assertThat(tooEarly).isEmpty();
        assertThat(then).containsExactly("r");
        assertThat(log.histories()).isEmpty();
        assertThat(log.eventsWithoutPlan()).isZero();
        for (RunEvent event : open.events()) {
            log.accept(event);
        }
        assertThat(log.forgetEnded(Duration.ZERO)).isEmpty();
    }

    @Test
    void an_experiment_is_not_forgotten_before_it_has_ended_itself() throws Exception {
        // Given: all known runs have ended, and more may be handed out
        var sweep = new SyntheticSweep(1, 2);
        sweep.events().forEach(log::accept);
        for (RunEvent event : events) {
            log.accept(event);
        }
        log.summariseNews();

        // When
        var before = log.forgetEnded(Duration.ZERO);
        sweep.ended(ExperimentPhase.STOPPED, null, "by a user");
        log.accept(sweep.last());
        boolean news = log.hasNews();
        log.summariseNews();
        var after = log.forgetEnded(Duration.ZERO);

        // Then
        assertThat(before).isEmpty();
        assertThat(news).isTrue();
        assertThat(after).containsExactlyInAnyOrder("r", SyntheticSweep.ID);
        assertThat(log.isKnownRun("r")).isFalse();
        assertThat(log.isKnownExperiment(SyntheticSweep.ID)).isFalse();
    }
}
