package dev.frl.engine.dl4j.frozen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of attack losses; rows are scaled to a largest value of 1. */
class LogitGradientsTest {
    /** Exact when added to logits of at most 8, which are multiples of 2^-10. */
    private static final float SHIFT = 0x1p-13f;

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_gradient_of_the_margin_agrees_with_central_differences(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        var z = distinct(2 + random.nextInt(9), random);
        int label = random.nextInt(z.length);
        var gradient = new float[z.length];

        // When
        LogitGradients.attackByMargin(z, 0, z.length, label, gradient);

        // Then
        assertThat(gradient).as("seed %d", seed).containsExactly(scaledSlopes(z, k -> margin(k, label)), within(1e-3f));
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_gradient_of_dlr_agrees_with_central_differences(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        var z = distinct(3 + random.nextInt(8), random);
        int label = random.nextInt(z.length);
        var gradient = new float[z.length];

        // When
        LogitGradients.attackByLogitRatio(z, 0, z.length, label, gradient);

        // Then
        assertThat(gradient)
                .as("seed %d", seed)
                .containsExactly(scaledSlopes(z, k -> margin(k, label) / spread(k)), within(1e-2f));
    }

    @Test
    void a_row_replaces_the_values_at_its_position() {
        // Given
        float[] logits = {9, 9, 9, 1, 3, 2};
        float[] gradient = {5, 5, 5, 5, 5, 5};

        // When
        LogitGradients.attackByMargin(logits, 3, 3, 1, gradient);

        // Then
        assertThat(gradient).containsExactly(5, 5, 5, 0, -1, 1);
    }

    @Test
    void where_the_three_largest_tie_the_gradient_of_dlr_is_that_of_the_margin() {
        // Given
        float[] tied = {-1, 7, 7, 7, 2};
        var gradient = new float[5];

        // When
        LogitGradients.attackByLogitRatio(tied, 0, 5, 0, gradient);

        // Then
        assertThat(gradient).containsExactly(-1, 1, 0, 0, 0);
    }

    @Test
    void the_gradient_of_dlr_is_finite_for_the_smallest_and_the_largest_logits() {
        // Given
        float[] smallest = {0, 0, 0, Float.MIN_VALUE};
        float[] largest = {Float.MAX_VALUE, 0, -Float.MAX_VALUE, -Float.MAX_VALUE};
        var ofSmallest = new float[4];
        var ofLargest = new float[4];

        // When
        LogitGradients.attackByLogitRatio(smallest, 0, 4, 3, ofSmallest);
        LogitGradients.attackByLogitRatio(largest, 0, 4, 0, ofLargest);

        // Then: M = −D in the first, M = −D / 2 in the second
        assertThat(ofSmallest).containsExactly(1, -1, 0, 0);
        assertThat(ofLargest).containsExactly(-0.5f, 1, -0.5f, 0);
    }

    /** Multiples of 2^-10 in [-8, 8), at least 2^-10 apart. */
    private static float[] distinct(int count, SplittableRandom random) {
        var drawn = random.ints(-8192, 8192).distinct().limit(count).toArray();
        var z = new float[count];
        for (int j = 0; j < count; j++) {
            z[j] = drawn[j] * 0x1p-10f;
        }
        return z;
    }

    private static float[] scaledSlopes(float[] z, ToDoubleFunction<float[]> loss) {
        var slopes = IntStream.range(0, z.length)
                .mapToDouble(j -> loss.applyAsDouble(shifted(z, j, SHIFT)) - loss.applyAsDouble(shifted(z, j, -SHIFT)))
                .toArray();
        double largest = Arrays.stream(slopes).map(Math::abs).max().orElseThrow();
        var scaled = new float[z.length];
        for (int j = 0; j < z.length; j++) {
            scaled[j] = largest < 1e-9 ? 0 : (float) (slopes[j] / largest);
        }
        return scaled;
    }

    private static float[] shifted(float[] z, int position, float shift) {
        var shifted = z.clone();
        shifted[position] += shift;
        return shifted;
    }

    private static double margin(float[] z, int label) {
        return IntStream.range(0, z.length)
                .filter(j -> j != label)
                .mapToDouble(j -> (double) z[j] - z[label])
                .max()
                .orElseThrow();
    }

    private static double spread(float[] z) {
        var sorted = z.clone();
        Arrays.sort(sorted);
        return (double) sorted[z.length - 1] - sorted[z.length - 3];
    }
}
