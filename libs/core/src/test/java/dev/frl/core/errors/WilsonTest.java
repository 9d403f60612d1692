package dev.frl.core.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WilsonTest {
    /** The ends are the roots x of (p - x)^2 = z^2 x (1 - x) / n. */
    @ParameterizedTest
    @CsvSource({"5, 10", "0, 10", "10, 10", "170, 1000", "1, 3"})
    void its_ends_are_the_fractions_that_are_just_compatible_with_the_count(long hits, long of) {
        // When
        double low = Wilson.low(hits, of);
        double high = Wilson.high(hits, of);

        // Then
        double p = (double) hits / of;
        for (double end : new double[] {low, high}) {
            double z2 = 1.959963984540054 * 1.959963984540054;
            assertThat((p - end) * (p - end)).isCloseTo(z2 * end * (1 - end) / of, within(1e-12));
        }
        assertThat(low).isLessThanOrEqualTo(p + 1e-12);
        assertThat(high).isGreaterThanOrEqualTo(p - 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-1, 5", "6, 5"})
    void what_is_no_fraction_is_refused(long hits, long of) {
        assertThatThrownBy(() -> Wilson.low(hits, of)).isInstanceOf(IllegalArgumentException.class);
    }
}
