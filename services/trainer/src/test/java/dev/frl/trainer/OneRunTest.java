package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OneRunTest {
    private static final Duration WAIT = Duration.ofMinutes(10);
    private static final RunPlan PLAN = plan();

    private Instant now = Instant.parse("2026-11-26T12:00:00Z");

    @ParameterizedTest
    @CsvSource({"FINISHED,0", "STOPPED,0", "FAILED,1"})
    void after_the_last_epoch_it_takes_nothing_and_ends_as_its_run_ends(Phase phase, int code) {
        // Given
        var run = taken(null);
        run.leaves(true);
        run.hears(status(Phase.TESTING, 2));
        var waits = run.takesNothing();

        // When
        run.hears(status(phase, 2));

        // Then
        assertThat(waits).contains("waits for the end of run " + PLAN.runId());
        assertThat(code(run)).isEqualTo(code);
        assertThat(run.takesNothing()).contains("its run has ended");
    }

    @Test
    void a_run_that_ends_while_it_is_trained_ends_the_trainer() {
        // Given
        var run = taken(null);

        // When
        run.hears(status(Phase.STOPPED, 1));

        // Then
        assertThat(code(run)).isZero();
    }

    @Test
    void a_run_that_is_tried_again_or_rests_makes_the_trainer_free_for_the_next_run() {
        // Given
        var failed = taken(null);
        failed.leaves(false);
        var rests = taken(null);
        rests.leaves(false);

        // When
        failed.hears(status(Phase.QUEUED, 1));
        rests.hears(status(Phase.PAUSED, 1));

        // Then
        assertThat(failed.takesNothing()).isEmpty();
        assertThat(rests.takesNothing()).isEmpty();
        assertThat(failed.ended()).isNotDone();
    }

    @Test
    void a_status_from_before_the_last_epoch_does_not_make_it_free() {
        // Given
        var run = taken(null);
        run.leaves(true);

        // When
        run.hears(status(Phase.QUEUED, -1));

        // Then
        assertThat(run.takesNothing()).isPresent();
    }

    @Test
    void a_trained_run_that_must_be_trained_again_makes_it_free() {
        // Given
        var run = taken(null);
        run.leaves(true);

        // When
        run.hears(status(Phase.QUEUED, 2));

        // Then
        assertThat(run.takesNothing()).isEmpty();
    }

    @Test
    void after_a_failure_it_waits_for_the_end_of_the_run_but_not_for_ever() {
        // Given
        var run = taken(null);
        run.leaves(false);
        var before = run.takesNothing();

        // When
        now = now.plus(OneRun.HEARING);
        run.tick();

        // Then
        assertThat(before).isPresent();
        assertThat(run.takesNothing()).isEmpty();
    }

    @Test
    void a_run_of_another_experiment_is_declined_and_the_trainer_stays_away_for_a_pause_that_grows() {
        // Given
        var run = new OneRun("other", false, WAIT, () -> now);
        boolean accepted = run.accepts(PLAN);
        var first = run.takesNothing();
        now = now.plusSeconds(1);
        var after = run.takesNothing();

        // When
        run.accepts(PLAN);
        now = now.plusSeconds(1);

        // Then
        assertThat(accepted).isFalse();
        assertThat(first).contains("leaves runs of other experiments than other to other trainers");
        assertThat(after).isEmpty();
        assertThat(run.takesNothing()).isPresent();
    }

    @Test
    void an_experiment_is_named_by_its_name_or_its_id() {
        assertThat(new OneRun(PLAN.experiment(), false, WAIT, () -> now).accepts(PLAN))
                .isTrue();
        assertThat(new OneRun(PLAN.experimentId(), false, WAIT, () -> now).accepts(PLAN))
                .isTrue();
    }

    @Test
    void without_a_run_of_any_experiment_it_ends_after_its_wait_and_not_as_if_it_had_been_preempted() {
        // Given
        var run = new OneRun(null, false, WAIT, () -> now);
        run.tick();
        var before = run.ended().isDone();

        // When
        now = now.plus(WAIT);
        run.tick();

        // Then
        assertThat(before).isFalse();
        assertThat(code(run)).isEqualTo(69);
        assertThat(run.ended().join().reason()).isEqualTo("no run within 10 min; `frl list` shows whether one waits");
        assertThat(run.accepts(PLAN)).isFalse();
    }

    @Test
    void an_experiment_that_nobody_publishes_ends_the_trainer_with_2_and_the_reason_says_what_to_look_at() {
        // Given
        var run = new OneRun("other", true, WAIT, () -> now);
        run.hears(experiment(ExperimentPhase.RUNNING)); // not of this name
        run.knowsExperiments();

        // When
        now = now.plus(WAIT);
        run.tick();

        // Then
        assertThat(code(run)).isEqualTo(2);
        assertThat(run.ended().join().reason())
                .startsWith("there is no experiment other, after 10 min: ")
                .contains("the Job whose name ends in -publish");
    }

    @Test
    void where_experiments_cannot_be_read_another_attempt_may_find_its_own() {
        // Given
        var run = new OneRun("other", false, WAIT, () -> now);

        // When
        now = now.plus(WAIT);
        run.tick();

        // Then
        assertThat(code(run)).isEqualTo(69);
        assertThat(run.ended().join().reason()).contains("could not be read; look at the brokers");
    }

    @Test
    void while_its_experiment_is_open_it_waits_since_a_run_may_wait_for_a_warm_start() {
        for (var experiment : List.of(PLAN.experiment(), PLAN.experimentId())) {
            // Given
            var run = new OneRun(experiment, false, WAIT, () -> now);
            run.hears(experiment(ExperimentPhase.RUNNING));
            run.knowsExperiments();

            // When
            now = now.plus(WAIT.multipliedBy(3));
            run.tick();

            // Then
            assertThat(run.ended()).isNotDone();
            assertThat(run.accepts(PLAN)).isTrue();
        }
    }

    @Test
    void a_name_whose_experiments_have_ended_is_waited_for_no_longer_than_that() {
        // Given
        var run = new OneRun(PLAN.experiment(), false, WAIT, () -> now);
        run.hears(experiment(ExperimentPhase.RUNNING));
        run.hears(experiment(ExperimentPhase.FINISHED));
        run.knowsExperiments();

        // When
        now = now.plus(WAIT);
        run.tick();

        // Then
        assertThat(code(run)).isEqualTo(69);
        assertThat(run.ended().join().reason()).contains("all its generations have ended");
    }

    @Test
    void when_the_experiment_has_ended_there_is_nothing_left_to_do_but_only_an_id_tells_which_generation() {
        // Given
        var byId = new OneRun(PLAN.experimentId(), false, WAIT, () -> now);
        var byName = new OneRun(PLAN.experiment(), false, WAIT, () -> now);

        // When
        byId.hears(experiment(ExperimentPhase.FINISHED));
        byName.hears(experiment(ExperimentPhase.FINISHED));

        // Then
        assertThat(code(byId)).isZero();
        assertThat(byName.ended()).isNotDone();
    }

    @Test
    void the_end_of_the_experiment_does_not_end_a_trainer_that_holds_a_run() {
        // Given
        var run = taken(PLAN.experimentId());

        // When
        run.hears(experiment(ExperimentPhase.FAILED));

        // Then
        assertThat(run.ended()).isNotDone();
    }

    @Test
    void a_rejected_spec_of_its_experiment_ends_a_trainer_without_a_run_with_2_and_tells_the_problems() {
        for (var experiment : List.of(PLAN.experiment(), PLAN.experimentId())) {
            // Given
            var run = new OneRun(experiment, false, WAIT, () -> now);
            run.hears(rejected(PLAN.experiment(), now.minusSeconds(60), 5));
            run.tick();
            var before = run.ended().isDone();

            // When
            now = now.plus(OneRun.MENDING);
            run.tick();

            // Then
            assertThat(before).as("a mended spec may follow").isFalse();
            assertThat(code(run)).isEqualTo(2);
            assertThat(run.ended().join().reason())
                    .isEqualTo(
                            "the spec of experiment tiny at frl.experiment-specs-1@42 was rejected: training.epochs: problem 0;"
                                    + " training.epochs: problem 1; training.epochs: problem 2 and 2 more; mend the spec and submit it again");
        }
    }

    @Test
    void a_rejection_does_not_count_that_is_old_or_of_another_name_or_followed_by_a_spec_that_was_accepted() {
        // Given
        var old = new OneRun(PLAN.experiment(), false, WAIT, () -> now);
        old.hears(rejected(PLAN.experiment(), now.minus(OneRun.REJECTED_BEFORE).minusMillis(1), 1));
        var other = new OneRun(PLAN.experiment(), false, WAIT, () -> now);
        other.hears(rejected("other", now, 1));
        other.hears(rejected(null, now, 1));
        var mended = new OneRun(PLAN.experiment(), false, WAIT, () -> now);
        mended.hears(rejected(PLAN.experiment(), now.minusSeconds(1), 1));
        mended.hears(experiment(ExperimentPhase.RUNNING));
        var known = new OneRun(PLAN.experimentId(), false, WAIT, () -> now);
        known.hears(experiment(ExperimentPhase.RUNNING));
        known.hears(rejected(PLAN.experiment(), now.plusSeconds(1), 1)); // the next generation of the name
        var any = new OneRun(null, false, WAIT, () -> now);
        any.hears(rejected(PLAN.experiment(), now, 1));

        // When
        now = now.plus(OneRun.MENDING);

        // Then
        for (var run : List.of(old, other, mended, known, any)) {
            run.tick();
            assertThat(run.ended()).isNotDone();
        }
    }

    @Test
    void a_rejection_does_not_end_a_trainer_that_holds_a_run() {
        // Given
        var run = taken(PLAN.experiment());

        // When
        run.hears(rejected(PLAN.experiment(), now, 1));
        now = now.plus(OneRun.MENDING);
        run.tick();

        // Then
        assertThat(run.ended()).isNotDone();
    }

    @ParameterizedTest
    @CsvSource({"FINISHED,0", "STOPPED,0", "FAILED,1"})
    void a_trainer_for_all_takes_the_next_run_and_ends_with_its_experiment(ExperimentPhase phase, int code) {
        // Given
        var run = new OneRun(PLAN.experimentId(), true, WAIT, () -> now);
        run.begins(PLAN);
        run.leaves(true);
        run.hears(status(Phase.FAILED, 2));
        var next = run.takesNothing();

        // When
        run.hears(experiment(phase));

        // Then
        assertThat(next).isEmpty();
        assertThat(code(run)).isEqualTo(code);
    }

    private static SpecRejected rejected(@Nullable String experiment, Instant at, int problems) {
        return new SpecRejected(
                experiment,
                "frl.experiment-specs",
                1,
                42,
                at,
                IntStream.range(0, problems)
                        .mapToObj(i -> new SpecRejected.Fault(1, "training.epochs", "problem " + i))
                        .toList());
    }

    private OneRun taken(@Nullable String experiment) {
        var run = new OneRun(experiment, false, WAIT, () -> now);
        run.begins(PLAN);
        return run;
    }

    private static int code(OneRun run) {
        return run.ended().join().code().number;
    }

    private RunStatus status(Phase phase, int epoch) {
        return new RunStatus(
                PLAN.runId(),
                PLAN.experiment(),
                PLAN.experimentId(),
                Map.of(),
                "none",
                1,
                false,
                null,
                now,
                phase,
                epoch,
                2,
                "reason",
                now,
                now,
                "",
                0,
                false,
                0,
                0,
                null,
                null,
                null);
    }

    private ExperimentStatus experiment(ExperimentPhase phase) {
        return new ExperimentStatus(
                PLAN.experiment(),
                PLAN.experimentId(),
                1,
                Map.of(),
                ExperimentSettings.ALL_RUNS,
                "grid",
                now,
                phase,
                "reason",
                now,
                1,
                0,
                new RunCounts(0, 0, 0, 1, 0, 0),
                null);
    }

    private static RunPlan plan() {
        var spec = """
                apiVersion: frl.dev/v1alpha1
                kind: Experiment
                metadata: {name: tiny}
                spec:
                  dataset:
                    name: gaussian-mixture
                    mixture: {d: 4, eta: 0.04, sigma: 0.02, k: 4}
                    split: {train: 40, validation: 20, test: 20}
                  model: {arch: linear}
                  training: {method: fgsm-at, epochs: 2, batchSize: 20}
                  attack:
                    training: {epsilon: 0.01}
                  fairness: {policy: none}
                """;
        var admission = new SpecReader(new StandardCatalogue()).read(spec.getBytes(StandardCharsets.UTF_8));
        return ((Admission.Admitted) admission).plan().runs().get(0);
    }
}
