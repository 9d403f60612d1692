package dev.frl.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LogitMathTest {
    private static final double SHIFT = 1e-6;

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_gradient_of_the_margin_agrees_with_central_differences(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        var z = random.doubles(2 + random.nextInt(9), -5, 5).toArray();
        int label = random.nextInt(z.length);

        // When
        var gradient = LogitMath.marginGradient(z, label);

        // Then
        for (int j = 0; j < z.length; j++) {
            double slope = (margin(shifted(z, j, SHIFT), label) - margin(shifted(z, j, -SHIFT), label)) / (2 * SHIFT);
            assertThat(gradient[j]).as("seed %d, class %d", seed, j).isCloseTo(slope, within(1e-6));
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_gradient_of_dlr_agrees_with_central_differences_up_to_its_positive_factor(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        var z = random.doubles(3 + random.nextInt(8), -5, 5).toArray();
        int label = random.nextInt(z.length);

        // When
        var gradient = LogitMath.logitRatioGradient(z, label);

        // Then
        double factor = spread(z) * spread(z);
        for (int j = 0; j < z.length; j++) {
            double slope = (ratio(shifted(z, j, SHIFT), label) - ratio(shifted(z, j, -SHIFT), label)) / (2 * SHIFT);
            assertThat(gradient[j] / factor)
                    .as("seed %d, class %d", seed, j)
                    .isCloseTo(slope, within(1e-4 * Math.max(1, Math.abs(slope))));
        }
    }

    @Test
    void where_the_three_largest_tie_the_gradient_of_dlr_is_that_of_the_margin() {
        // Given
        double[] tied = {-1, 7, 7, 7, 2};

        // When
        // Then
        assertThat(LogitMath.logitRatioGradient(tied, 0)).containsExactly(-1, 1, 0, 0, 0);
        assertThat(LogitMath.logitRatioGradient(tied, 1)).containsExactly(0, -1, 1, 0, 0);
        assertThat(LogitMath.logitRatioGradient(tied, 2)).containsExactly(0, 1, -1, 0, 0);
    }

    private static double[] shifted(double[] z, int position, double shift) {
        var shifted = z.clone();
        shifted[position] += shift;
        return shifted;
    }

    private static double margin(double[] z, int label) {
        return IntStream.range(0, z.length)
                        .filter(j -> j != label)
                        .mapToDouble(j -> z[j])
                        .max()
                        .orElseThrow()
                - z[label];
    }

    private static double spread(double[] z) {
        var sorted = z.clone();
        Arrays.sort(sorted);
        return sorted[z.length - 1] - sorted[z.length - 3];
    }

    private static double ratio(double[] z, int label) {
        return margin(z, label) / spread(z);
    }
}
