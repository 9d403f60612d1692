package dev.frl.core.fairness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import dev.frl.core.errors.Tally;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.FrlSettings.Rates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class FairnessPolicyTest {
    @Test
    void ten_classes_with_two_multipliers_get_the_authors_weights() {
        // Given
        var policy = new FairRobustLearning(FrlSettings.defaults(Policy.FRL_REWEIGHT));
        var phi = PerClass.of(.3, .2, 0, 0, 0, 0, 0, 0, 0, 0);

        // When
        var treatment = policy.treatment(new Multipliers(phi, phi, PerClass.all(10, 0)));

        // Then
        assertThat(treatment.standardWeights().toArray())
                .containsExactly(new double[] {.35, .25, .05, .05, .05, .05, .05, .05, .05, .05}, within(1e-15));
    }

    @ParameterizedTest
    @EnumSource(
            value = Policy.class,
            names = {"FRL_REWEIGHT", "FRL_REMARGIN", "FRL_REWEIGHT_REMARGIN", "BASELINE_REWEIGHT"})
    void a_trajectory_equals_the_golden_one(Policy policy) throws IOException {
        // Given
        double tolerance = FrlSettings.defaultTolerance(policy);
        var frl = FairnessPolicy.of(
                new FrlSettings(policy, tolerance, tolerance, new Rates(0.2, 0.4, 0.2, 5), 0.5, 0.98, 3));
        var state = frl.initial(4);
        int rows = 0;

        for (var row : golden(policy)) {
            // When
            var update = next(frl, state, errors(row), (int) row[0]);
            state = update.state();

            // Then
            var expected = Arrays.copyOfRange(row, 9, 21);
            assertThat(flat(update.treatment())).as("epoch %s", row[0]).containsExactly(expected, within(1e-12));
            assertThat(update.forEpoch()).isEqualTo((int) row[0] + 1);
            rows++;
        }
        assertThat(rows).isEqualTo(12);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void weights_sum_to_one_none_is_negative_and_margins_stay_between_their_bounds(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        int classes = 2 + random.nextInt(20);
        var policy = new FairRobustLearning(FrlSettings.defaults(Policy.FRL_REWEIGHT_REMARGIN));
        var multipliers = Multipliers.zero(classes);

        for (int epoch = 0; epoch < 50; epoch++) {
            // When
            var update = policy.next(multipliers, randomErrors(random, classes), epoch);
            multipliers = update.state().as(Multipliers.class);

            // Then
            var t = update.treatment();
            assertThat(t.standardWeights().sum()).as("seed %d", seed).isCloseTo(1, within(1e-12));
            assertThat(t.boundaryWeights().sum()).as("seed %d", seed).isCloseTo(1, within(1e-12));
            assertThat(t.standardWeights().stream()).as("seed %d", seed).allMatch(w -> w >= -1e-15);
            assertThat(t.boundaryWeights().stream()).as("seed %d", seed).allMatch(w -> w >= -1e-15);
            assertThat(t.margins().stream()).as("seed %d", seed).allMatch(m -> m >= 0.98 && m <= 3);
            assertThat(multipliers.standard().sum()).as("seed %d", seed).isLessThanOrEqualTo(0.5 + 1e-12);
        }
    }

    @Test
    void the_control_treats_all_classes_alike_whatever_their_errors() {
        // Given
        var policy = FairnessPolicy.of(FairnessSettings.defaults(Policy.NONE));
        var tally = Tally.count(3, new int[] {0, 1, 2}, new int[] {0, 0, 0}, new int[] {1, 0, 0});

        // When
        var update = policy.next(policy.initial(3), new EpochEvaluation(tally), 4);

        // Then
        assertThat(update).isEqualTo(new FairnessUpdate(5, new PolicyState.None(), ClassTreatment.even(3)));
    }

    @Test
    void the_baseline_shares_its_cap_among_the_classes_that_exceed_their_tolerance() {
        // Given
        var settings = new FrlSettings(Policy.BASELINE_REWEIGHT, 0.1, 0.1, Rates.DEFAULT, 0.4, 0.98, 3);
        var standard = PerClass.of(.1, .1, .5, .7, .1); // total .3: violations of .1 and .3 at tolerance .1
        var boundary = PerClass.of(.2, .2, .2, .2, .25); // total .21: no violation
        var errors = new ClassErrors(
                standard, PerClass.generate(5, i -> standard.get(i) + boundary.get(i)), boundary, .3, .51, .21);

        // When
        var update = new BaselineReweight(settings).next(Multipliers.zero(5), errors, 0);

        // Then
        assertThat(multipliers(update).standard().toArray())
                .containsExactly(new double[] {0, 0, .1, .3, 0}, within(1e-15));
        assertThat(update.treatment().standardWeights().toArray())
                .containsExactly(new double[] {.12, .12, .22, .42, .12}, within(1e-15));
        assertThat(update.treatment().boundaryWeights()).isEqualTo(PerClass.all(5, .2));
        assertThat(update.treatment().margins()).isEqualTo(PerClass.all(5, 1));
    }

    @Test
    void the_baseline_stays_as_it_was_after_the_warm_start_whatever_the_errors() {
        // Given
        var policy = new BaselineReweight(FrlSettings.defaults(Policy.BASELINE_REWEIGHT));
        var first = policy.next(Multipliers.zero(3), errorsOf(.1, .2, .9), 0);

        // When
        var later = policy.next(multipliers(first), errorsOf(.9, .2, .1), 1);

        // Then
        assertThat(first.treatment()).isNotEqualTo(ClassTreatment.even(3));
        assertThat(later).isEqualTo(new FairnessUpdate(2, multipliers(first), first.treatment()));
    }

    @Test
    void the_baseline_gives_nothing_to_a_class_without_samples() {
        // Given
        var policy = new BaselineReweight(FrlSettings.defaults(Policy.BASELINE_REWEIGHT));

        // When
        var update = policy.next(Multipliers.zero(3), errorsOf(Double.NaN, .1, .6), 0);

        // Then
        assertThat(multipliers(update).standard()).isEqualTo(PerClass.of(0, 0, 0.5));
    }

    @Test
    void a_class_without_samples_keeps_its_multipliers() {
        // Given
        var policy = new FairRobustLearning(FrlSettings.defaults(Policy.FRL_REWEIGHT_REMARGIN));
        var phi = PerClass.of(0.1, 0, 0);
        var before = new Multipliers(phi, phi, PerClass.of(0.3, 0, 0));

        // When
        var update = policy.next(before, errorsOf(Double.NaN, .1, .4), 0);

        // Then
        assertThat(multipliers(update).standard().get(0)).isEqualTo(0.1);
        assertThat(multipliers(update).margin().get(0)).isEqualTo(0.3);
    }

    @Test
    void errors_of_another_number_of_classes_are_refused() {
        // Given
        var policy = new FairRobustLearning(FrlSettings.defaults(Policy.FRL_REWEIGHT));

        // When, Then
        assertThatThrownBy(() -> policy.next(Multipliers.zero(3), errorsOf(.1, .2), 0))
                .hasMessage("expected 3 classes, got 2");
    }

    @Test
    void what_the_policy_sees_gives_the_same_update_as_its_errors() {
        // Given
        var evaluation = new EpochEvaluation(Tally.count(
                3, new int[] {0, 0, 1, 1, 2, 2}, new int[] {0, 0, 1, 2, 0, 1}, new int[] {0, 1, 1, 2, 0, 1}));
        var frl = new FairRobustLearning(FrlSettings.defaults(Policy.FRL_REWEIGHT_REMARGIN));
        var baseline = new BaselineReweight(FrlSettings.defaults(Policy.BASELINE_REWEIGHT));
        var zero = Multipliers.zero(3);

        // When, Then
        assertThat(frl.next((PolicyState) zero, evaluation, 3)).isEqualTo(frl.next(zero, evaluation.errors(), 3));
        assertThat(baseline.next((PolicyState) zero, evaluation, 0))
                .isEqualTo(baseline.next(zero, evaluation.errors(), 0));
        assertThat(frl.next(zero, evaluation.errors(), 3).treatment()).isNotEqualTo(ClassTreatment.even(3));
    }

    @ParameterizedTest
    @EnumSource(Policy.class)
    void every_policy_has_a_class_and_goes_on_from_its_own_state(Policy name) {
        // Given
        var policy = FairnessPolicy.of(FairnessSettings.defaults(name));
        var evaluation = new EpochEvaluation(Tally.count(2, new int[] {0, 1}, new int[] {0, 0}, new int[] {1, 0}));

        // When
        var first = policy.next(policy.initial(2), evaluation, 0);
        var second = policy.next(first.state(), evaluation, 1);

        // Then
        assertThat(second.forEpoch()).isEqualTo(2);
        assertThat(second.state()).hasSameClassAs(policy.initial(2));
        assertThat(second.treatment().classes()).isEqualTo(2);
    }

    @Test
    void the_state_of_another_policy_is_refused() {
        // Given
        var policy = FairnessPolicy.of(FairnessSettings.defaults(Policy.FRL_REWEIGHT));
        var evaluation = new EpochEvaluation(Tally.count(2, new int[] {0, 1}, new int[] {0, 0}, new int[] {1, 0}));

        // When, Then
        assertThatThrownBy(() -> policy.next(new PolicyState.None(), evaluation, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("goes on from Multipliers, but the state is None[]");
    }

    @Test
    void the_settings_of_another_policy_are_refused() {
        // Given
        FairnessSettings others = () -> Policy.FRL_REMARGIN;

        // When, Then
        assertThatThrownBy(() -> FairnessPolicy.of(others))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("policy frl-remargin has other settings");
    }

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    private static ClassErrors randomErrors(SplittableRandom random, int classes) {
        return errorsOf(random.doubles(classes).toArray());
    }

    private static ClassErrors errorsOf(double... standard) {
        var nat = PerClass.of(standard);
        var bndy = PerClass.generate(standard.length, i -> (1 - standard[i]) / 2);
        var rob = PerClass.generate(standard.length, i -> nat.get(i) + bndy.get(i));
        double total = nat.stream().filter(v -> !Double.isNaN(v)).average().orElseThrow();
        return new ClassErrors(nat, rob, bndy, total, total + (1 - total) / 2, (1 - total) / 2);
    }

    private static ClassErrors errors(double[] row) {
        var nat = PerClass.of(Arrays.copyOfRange(row, 1, 5));
        var bndy = PerClass.of(Arrays.copyOfRange(row, 5, 9));
        var rob = PerClass.generate(4, i -> nat.get(i) + bndy.get(i));
        return new ClassErrors(nat, rob, bndy, nat.sum() / 4, rob.sum() / 4, bndy.sum() / 4);
    }

    private static FairnessUpdate next(FairnessPolicy policy, PolicyState before, ClassErrors errors, int epoch) {
        return policy instanceof BaselineReweight baseline
                ? baseline.next(before.as(Multipliers.class), errors, epoch)
                : ((FairRobustLearning) policy).next(before.as(Multipliers.class), errors, epoch);
    }

    private static Multipliers multipliers(FairnessUpdate update) {
        return update.state().as(Multipliers.class);
    }

    private static double[] flat(ClassTreatment t) {
        return java.util.stream.Stream.of(t.standardWeights(), t.boundaryWeights(), t.margins())
                .flatMapToDouble(PerClass::stream)
                .toArray();
    }

    /** Rows of frl_golden.csv: epoch, then 4 values each of standard error, boundary error, weights and margin. */
    private static java.util.List<double[]> golden(Policy policy) throws IOException {
        var stream = Objects.requireNonNull(FairnessPolicyTest.class.getResourceAsStream("/golden/frl_golden.csv"));
        try (var reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            return reader.lines()
                    .filter(line -> line.startsWith(policy.label() + ","))
                    .map(line -> Arrays.stream(line.split(","))
                            .skip(1)
                            .mapToDouble(Double::parseDouble)
                            .toArray())
                    .collect(Collectors.toList());
        }
    }
}
