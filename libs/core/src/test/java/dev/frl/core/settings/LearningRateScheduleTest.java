package dev.frl.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.LearningRateSchedule.Curve;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateScheduleTest {
    private static double[] factors(LearningRateSchedule schedule, int epochs) {
        return IntStream.rangeClosed(1, epochs)
                .mapToDouble(e -> schedule.at(e, epochs))
                .toArray();
    }

    @Test
    void a_constant_rate_stays() {
        assertThat(factors(LearningRateSchedule.CONSTANT, 3)).containsExactly(1, 1, 1);
    }

    @Test
    void multi_step_falls_after_the_epochs_that_its_milestones_are_rounded_down_to() {
        // 0.6 and 0.85 of 15 epochs are 9 and 12.75
        assertThat(factors(LearningRateSchedule.MULTI_STEP, 15))
                .containsExactly(
                        new double[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01}, within(1e-15));
    }

    /** cos 30° = √3 / 2, cos 60° = 1 / 2, and likewise in the other quadrant. */
    @Test
    void cosine_falls_along_half_a_wave() {
        assertThat(factors(LearningRateSchedule.COSINE, 6))
                .containsExactly(
                        new double[] {1, 0.9330127018922193, 0.75, 0.5, 0.25, 0.0669872981077807}, within(1e-15));
        // cos 45° = √2 / 2
        assertThat(factors(LearningRateSchedule.COSINE, 4))
                .containsExactly(new double[] {1, 0.8535533905932737, 0.5, 0.1464466094067262}, within(1e-15));
        assertThat(factors(LearningRateSchedule.COSINE, 1)).containsExactly(1);
    }

    @Test
    void cyclic_rises_to_the_middle_and_falls_to_the_end() {
        assertThat(factors(LearningRateSchedule.CYCLIC, 5))
                .containsExactly(new double[] {0.2, 0.6, 1, 0.6, 0.2}, within(1e-15));
        assertThat(factors(LearningRateSchedule.CYCLIC, 4))
                .containsExactly(new double[] {0.25, 0.75, 0.75, 0.25}, within(1e-15));
        assertThat(factors(LearningRateSchedule.CYCLIC, 1)).containsExactly(1);
    }

    @ParameterizedTest
    @EnumSource(Curve.class)
    void no_epoch_trains_at_rate_zero_or_above_the_learning_rate(Curve curve) {
        // Given
        var schedule = curve == Curve.MULTI_STEP
                ? LearningRateSchedule.MULTI_STEP
                : new LearningRateSchedule(curve, List.of(), 1);

        for (int epochs : new int[] {1, 2, 3, 10, 997}) {
            // When
            var factors = factors(schedule, epochs);

            // Then
            assertThat(factors).as("%d epochs", epochs).hasSize(epochs);
            for (double factor : factors) {
                assertThat(factor).as("%d epochs", epochs).isGreaterThan(0).isLessThanOrEqualTo(1);
            }
        }
    }

    @Test
    void milestones_and_factor_belong_to_multi_step() {
        assertThatThrownBy(() -> new LearningRateSchedule(Curve.COSINE, List.of(0.5), 0.1))
                .hasMessage("milestones is [0.5]; it must be empty unless the rate is multi-step;"
                        + " factor is 0.1; it must be 1 unless the rate is multi-step");
        assertThatThrownBy(() -> LearningRateSchedule.multiStep(List.of(0.5, 0.5), 0.1))
                .hasMessageContaining("ascending fractions");
    }
}
