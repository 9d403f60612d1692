package dev.frl.report.statistics;

import static dev.frl.report.Runs.errors;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.run.RunHistory;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.Part;
import dev.frl.report.Runs;
import dev.frl.report.SyntheticRun;
import dev.frl.report.SyntheticRun.Choice;
import dev.frl.report.text.Caveats;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ComparisonTest {
    @Test
    void runs_that_differ_only_in_seeds_are_one_arm_and_controls_come_first() {
        // Given
        var runs = new ArrayList<>(Runs.whole());
        Collections.shuffle(runs, new Random(7));

        // When
        var comparison = Comparison.of(runs);

        // Then
        assertThat(comparison.arms()).extracting(Arm::label).containsExactly("none", "frl-reweight");
        assertThat(comparison.arms())
                .allSatisfy(a -> assertThat(a.runs())
                        .extracting(r -> r.plan().settings().training().seed())
                        .containsExactly(1L, 2L));
        assertThat(comparison.warmStarts()).hasSize(2);
    }

    @Test
    void the_worst_is_the_mean_of_each_seeds_own_worst_class() {
        // Given: the worst class differs between the seeds
        var runs = List.of(
                Runs.tested(Policy.NONE, 1, errors(.1, .2), errors(.3, .7)),
                Runs.tested(Policy.NONE, 2, errors(.1, .2), errors(.5, .4)));

        // When
        var outcome = Objects.requireNonNull(Comparison.of(runs).arms().get(0).after());

        // Then: (0.7 + 0.5) / 2, though no class's mean is above 0.55
        assertThat(outcome.worst(ErrorKind.ROBUST).mean()).isCloseTo(.60, within(1e-12));
        assertThat(outcome.worst(ErrorKind.ROBUST).min()).isCloseTo(.5, within(1e-12));
        assertThat(outcome.ofClass(ErrorKind.ROBUST, 1).mean()).isCloseTo(.55, within(1e-12));
        assertThat(outcome.average(ErrorKind.ROBUST).mean()).isCloseTo(.475, within(1e-12));
        assertThat(outcome.average(ErrorKind.ROBUST).deviation()).isCloseTo(.05 / Math.sqrt(2), within(1e-12));
    }

    @Test
    void a_change_is_computed_per_seed() {
        // Given
        var comparison = Comparison.of(Runs.whole());

        // When
        var change = comparison.change(comparison.arms().get(1));

        // Then: worst robust 0.60 - 0.80 and 0.56 - 0.84; averages (0.43 - 0.50), (0.41 - 0.53)
        assertThat(change.pairs()).hasSize(2);
        assertThat(change.worst(ErrorKind.ROBUST).mean()).isCloseTo(-.24, within(1e-12));
        assertThat(change.worst(ErrorKind.ROBUST).min()).isCloseTo(-.28, within(1e-12));
        assertThat(change.average(ErrorKind.ROBUST).mean()).isCloseTo(-.095, within(1e-12));
        assertThat(change.worst(ErrorKind.STANDARD).mean()).isCloseTo(-.12, within(1e-12));
        assertThat(change.average(ErrorKind.STANDARD).mean()).isCloseTo(-.045, within(1e-12));
    }

    @Test
    void before_is_the_test_of_the_warm_start_once_per_seed_whatever_the_arms() {
        // Given
        var comparison = Comparison.of(Runs.whole());

        // When
        var before = comparison.before();

        // Then
        assertThat(before).hasSize(1);
        assertThat(before.get(0).outcome().part()).isEqualTo(Part.TEST);
        assertThat(before.get(0).outcome().runs()).hasSize(2);
        assertThat(before.get(0).outcome().worst(ErrorKind.ROBUST).mean()).isCloseTo(.9, within(1e-12));
    }

    @Test
    void without_the_warm_start_before_is_the_validation_of_epoch_0_and_says_so() {
        // Given
        var runs = Runs.whole().stream().filter(r -> !r.plan().warmStart()).toList();

        // When
        var before = Comparison.of(runs).before();

        // Then
        assertThat(before).hasSize(1);
        assertThat(before.get(0).what()).contains("validation images of epoch 0");
        assertThat(before.get(0).outcome().part()).isEqualTo(Part.VALIDATION);
        assertThat(before.get(0).outcome().worst(ErrorKind.ROBUST).mean()).isCloseTo(.8, within(1e-12));
    }

    @Test
    void unfinished_arms_are_compared_on_validation_after_the_same_epoch() {
        // Given
        var control = Runs.tested(Policy.NONE, 1, errors(.1, .4), errors(.2, .8));
        var running = new SyntheticRun(Choice.of("r", Policy.FRL_REWEIGHT, 1), Runs.NAMES)
                .epoch(0, errors(.1, .4), errors(.2, .8))
                .epoch(1, errors(.1, .3), errors(.2, .7))
                .history();

        // When
        var comparison = Comparison.of(List.of(control, running));
        var change = comparison.change(comparison.arms().get(1));

        // Then
        assertThat(change.provisional()).isTrue();
        assertThat(change.worst(ErrorKind.ROBUST).mean()).isCloseTo(-.1, within(1e-12));
        assertThat(Caveats.of(comparison))
                .contains("frl-reweight, seed 1 is not finished: epoch 1 of 2 is trained.")
                .anyMatch(s -> s.contains("compared on validation images, since the test is not finished"));
    }

    @Test
    void a_partial_epoch_is_named_with_its_images() {
        // Given
        var run = new SyntheticRun(Choice.of("r", Policy.FRL_REWEIGHT, 1), Runs.NAMES)
                .partial(1)
                .epoch(0, errors(.1, .4), errors(.2, .8))
                .epoch(1, errors(.1, .3), errors(.2, .7))
                .history();

        // Then
        assertThat(Caveats.of(Comparison.of(List.of(run))))
                .filteredOn(s -> s.contains("partial"))
                .containsExactly(
                        "frl-reweight, seed 1: epoch 1 is partial: its errors are over the 400 images of 3 of 4 shards"
                                + " (schedule.minShardFraction).");
    }

    @Test
    void a_control_of_other_settings_is_no_control() {
        // Given: the control trained with another beta
        var control = new SyntheticRun(Choice.of("c", Policy.NONE, 1), Runs.NAMES, Map.of("training.beta", "1"))
                .epoch(0, errors(.1, .4), errors(.2, .8))
                .tested(2, errors(.1, .4), errors(.2, .8))
                .finished()
                .history();
        var arm = Runs.tested(Policy.FRL_REWEIGHT, 1, errors(.1, .3), errors(.2, .6));

        // When
        var comparison = Comparison.of(List.of(control, arm));
        var change = comparison.change(comparison.arms().get(1));

        // Then
        assertThat(change.isPresent()).isFalse();
        assertThat(change.missing()).contains("no equally long run with policy none");
    }

    @Test
    void each_arm_of_a_wider_sweep_has_its_own_control() {
        // Given
        var runs = new ArrayList<RunHistory>();
        for (String beta : List.of("1", "6")) {
            for (Policy policy : List.of(Policy.NONE, Policy.FRL_REWEIGHT)) {
                runs.add(new SyntheticRun(
                                Choice.of(policy.label() + beta, policy, 1), Runs.NAMES, Map.of("training.beta", beta))
                        .epoch(0, errors(.1, .4), errors(.2, .8))
                        .tested(2, errors(.1, .4), errors(.2, .8))
                        .finished()
                        .history());
            }
        }

        // When
        var comparison = Comparison.of(runs);

        // Then
        assertThat(comparison.arms())
                .extracting(Arm::label)
                .containsExactly("none, beta=1", "none, beta=6", "frl-reweight, beta=1", "frl-reweight, beta=6");
        assertThat(comparison.controlOf(comparison.arms().get(3)))
                .hasValueSatisfying(c -> assertThat(c.label()).isEqualTo("none, beta=6"));
    }

    @Test
    void a_failed_run_is_named_with_its_reason_and_the_other_seed_is_compared() {
        // Given
        var runs = new ArrayList<>(Runs.whole());
        runs.remove(5);
        runs.add(Runs.begun(Policy.FRL_REWEIGHT, 2)
                .failed("no trainer took it within 7 days")
                .history());

        // When
        var comparison = Comparison.of(runs);

        // Then
        assertThat(Caveats.of(comparison))
                .containsExactly("frl-reweight, seed 2 failed: no trainer took it within 7 days.");
        assertThat(comparison.change(comparison.arms().get(1)).pairs()).hasSize(1);
    }

    @Test
    void runs_on_different_classes_are_not_compared() {
        // Given
        var other = new SyntheticRun(Choice.of("x", Policy.NONE, 3), List.of("a", "b", "c"))
                .epoch(0, new double[] {.1, .1, .1}, new double[] {.2, .2, .2})
                .history();
        var runs = List.of(Runs.whole().get(2), other);

        // When / Then
        assertThatThrownBy(() -> Comparison.of(runs)).hasMessageContaining("different classes");
        assertThat(Comparison.byClasses(runs)).hasSize(2);
    }

    @Test
    void numbers_in_labels_are_ordered_as_numbers() {
        assertThat(List.of("beta=10", "beta=2", "beta=1.5").stream().sorted(Grouping::naturalOrder))
                .containsExactly("beta=1.5", "beta=2", "beta=10");
    }
}
