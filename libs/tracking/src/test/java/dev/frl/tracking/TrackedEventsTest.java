package dev.frl.tracking;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TrackedEventsTest {
    private static final class Fake implements RunRecorder {
        final List<RunEvent> recorded = new ArrayList<>();
        final List<Integer> summaries = new ArrayList<>();

        @Nullable
        RecorderException failure;

        @Override
        public void record(RunHistory history, RunEvent event) throws RecorderException {
            if (failure != null) {
                throw failure;
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
    private final TrackedEvents log = new TrackedEvents(fake);
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
    void a_retryable_failure_is_thrown_and_the_event_can_be_passed_again() throws Exception {
        // Given
        fake.failure = new RecorderException("down", true);
        assertThatThrownBy(() -> log.accept(events.get(0))).hasMessage("down");

        // When
        fake.failure = null;
        log.accept(events.get(0));

        // Then
        assertThat(fake.recorded).containsExactly(events.get(0));
        assertThat(log.histories())
                .singleElement()
                .satisfies(h -> assertThat(h.events()).hasSize(1));
    }

    @Test
    void a_refused_event_is_skipped() throws Exception {
        // Given
        fake.failure = new RecorderException("no", false);

        // When
        for (RunEvent event : events) {
            log.accept(event);
        }

        // Then
        assertThat(fake.recorded).isEmpty();
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
