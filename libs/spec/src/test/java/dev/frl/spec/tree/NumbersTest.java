package dev.frl.spec.tree;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class NumbersTest {
    static LongStream seeds() {
        return LongStream.range(0, 500);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void a_number_reads_back_and_no_shorter_one_does(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        double d = Double.longBitsToDouble(random.nextLong());
        double number = Double.isFinite(d) ? d : random.nextDouble();

        // When
        String text = Numbers.shortest(number);

        // Then
        assertThat(Double.parseDouble(text)).as("seed %d", seed).isEqualTo(number);
        assertThat(new BigDecimal(text).stripTrailingZeros().precision())
                .as("seed %d", seed)
                .isLessThanOrEqualTo(new BigDecimal(Double.toString(number))
                        .stripTrailingZeros()
                        .precision());
    }

    @ParameterizedTest
    @CsvSource({"6, 6", "0.1, 0.1", "5e-4, 0.0005", "5e-7, 5E-7", "2e23, 2E+23", "0, 0", "1e8, 100000000", "-0.5, -0.5"
    })
    void numbers_are_short(double number, String text) {
        assertThat(Numbers.shortest(number)).isEqualTo(text);
    }

    /** JDK-4511638: before 19, Double.toString gives 4.729999999999999E21 here, and 4.9E-324. */
    @Test
    void a_number_is_short_where_double_to_string_is_not() {
        assertThat(Numbers.shortest(4.73e21)).isEqualTo("4.73E+21");
        assertThat(Numbers.shortest(Double.MIN_VALUE)).isEqualTo("5E-324");
    }

    @ParameterizedTest
    @CsvSource({"90, 1m30s", "600, 10m", "604800, 7d", "5400, 1h30m", "0, 0s", "1, 1s", "90061, 1d1h1m1s"})
    void durations_are_as_people_write_them(long seconds, String text) {
        assertThat(Numbers.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
    }
}
