package dev.frl.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.experiment.ExperimentPhase;
import dev.frl.core.experiment.ExperimentSettings;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.experiment.ExperimentStatus.RunCounts;
import dev.frl.core.run.Phase;
import dev.frl.core.run.RunPlan;
import dev.frl.core.run.RunStatus;
import dev.frl.spec.Admission;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import dev.frl.trainer.OneRun.Code;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
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
        var run = new OneRun("other", WAIT, () -> now);
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
        assertThat(new OneRun(PLAN.experiment(), WAIT, () -> now).accepts(PLAN)).isTrue();
        assertThat(new OneRun(PLAN.experimentId(), WAIT, () -> now).accepts(PLAN))
                .isTrue();
    }

    @Test
    void without_a_run_it_ends_after_its_wait() {
        // Given
        var run = new OneRun("other", WAIT, () -> now);
        run.tick();
        var before = run.ended().isDone();

        // When
        now = now.plus(WAIT);
        run.tick();

        // Then
        assertThat(before).isFalse();
        assertThat(run.ended().join().code()).isEqualTo(Code.TRY_AGAIN);
        assertThat(run.ended().join().reason()).isEqualTo("no run of experiment other within 10 min");
        assertThat(run.accepts(PLAN)).isFalse();
    }

    @Test
    void when_the_experiment_has_ended_there_is_nothing_left_to_do_but_only_an_id_tells_which_generation() {
        // Given
        var byId = new OneRun(PLAN.experimentId(), WAIT, () -> now);
        var byName = new OneRun(PLAN.experiment(), WAIT, () -> now);

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

    private OneRun taken(@Nullable String experiment) {
        var run = new OneRun(experiment, WAIT, () -> now);
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
