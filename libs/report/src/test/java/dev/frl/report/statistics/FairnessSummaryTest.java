package dev.frl.report.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.errors.PerClass;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class FairnessSummaryTest {
    @Test
    void the_numbers_equal_those_computed_by_hand() {
        // Given
        var robust = PerClass.of(0.2, 0.4, 0.9);
        var standard = PerClass.of(0.1, 0.1, 0.4);
        var errors = new ClassErrors(standard, robust, PerClass.of(0.1, 0.3, 0.5), 0.2, 0.5, 0.3);

        // When
        var numbers = FairnessSummary.of(errors).robust();

        // Then: standard deviation of (0.2, 0.4, 0.9) over 3 is sqrt(0.26 / 3)
        assertThat(numbers.average()).isEqualTo(0.5);
        assertThat(numbers.worst()).isEqualTo(0.9);
        assertThat(numbers.worstClass()).isEqualTo(2);
        assertThat(numbers.gap()).isCloseTo(0.7, within(1e-12));
        assertThat(numbers.accuracyRatio()).isCloseTo(0.1 / 0.8, within(1e-12));
        assertThat(numbers.deviation()).isCloseTo(Math.sqrt(0.26 / 3), within(1e-12));
        assertThat(numbers.variation()).isCloseTo(Math.sqrt(0.26 / 3) / 0.5, within(1e-12));
    }

    @Test
    void a_class_without_samples_is_left_out() {
        // Given
        var with = PerClass.of(0.2, Double.NaN, 0.6);
        var errors = new ClassErrors(with, with, PerClass.of(0, Double.NaN, 0), 0.4, 0.4, 0);

        // When
        var numbers = FairnessSummary.of(errors).standard();

        // Then
        assertThat(numbers.worstClass()).isEqualTo(2);
        assertThat(numbers.gap()).isCloseTo(0.4, within(1e-12));
        assertThat(numbers.variation()).isCloseTo(0.5, within(1e-12));
    }

    @Test
    void no_accuracy_anywhere_is_not_unfair() {
        var all = PerClass.of(1, 1);
        assertThat(FairnessSummary.of(new ClassErrors(all, all, PerClass.of(0, 0), 1, 1, 0))
                        .robust()
                        .accuracyRatio())
                .isEqualTo(1);
    }

    @Test
    void a_spread_leaves_out_nan() {
        // When
        var spread = Spread.of(DoubleStream.of(1, Double.NaN, 3));

        // Then
        assertThat(spread).isEqualTo(new Spread(2, 1, 3, Math.sqrt(2), 2));
        assertThat(Spread.of(DoubleStream.of(Double.NaN)).count()).isZero();
    }

    @Test
    void points_have_one_decimal_a_minus_sign_and_no_negative_zero() {
        assertThat(Points.of(0.6449)).isEqualTo("64.5");
        assertThat(Points.signed(-0.2688)).isEqualTo("−26.9");
        assertThat(Points.signed(0.027)).isEqualTo("+2.7");
        assertThat(Points.signed(-0.0004)).isEqualTo("0.0");
        assertThat(Points.percent(Double.NaN)).isEqualTo("–");
    }
}
