package dev.frl.engine.dl4j.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Compares with loops over single values, on 3 channels and with a short last piece. */
class MapLoopsTest {
    private static final int CHANNELS = 3;
    private static final int SIZE = CHANNELS * 1700;

    private final MapLoops loops = new MapLoops(CHANNELS);
    private final float[] x = random(1);
    private final float[] g = random(2);
    private final double[] mean = {0.1, -0.2, 0.3};
    private final double[] scale = {2, -3, 0.5};
    private final double[] shift = {-1, 0.25, 0};

    @Test
    void sums_are_by_channel() {
        // Given
        var sum = new double[CHANNELS];
        var squares = new double[CHANNELS];
        var products = new double[CHANNELS];
        for (int i = 0; i < SIZE; i++) {
            double off = x[i] - mean[i % CHANNELS];
            sum[i % CHANNELS] += x[i];
            squares[i % CHANNELS] += off * off;
            products[i % CHANNELS] += g[i] * off;
        }
        var means = loops.repeat(mean);

        // Then
        assertThat(loops.sum(wrap(x), SIZE)).containsExactly(sum, within(1e-3));
        assertThat(loops.sumOfSquares(wrap(x), means, SIZE)).containsExactly(squares, within(1e-3));
        assertThat(loops.sumOfProducts(wrap(g), wrap(x), means, SIZE)).containsExactly(products, within(1e-3));
    }

    @Test
    void affine_and_its_backward_pass() {
        // Given
        var y = new float[SIZE];
        var back = new float[SIZE];
        var more = x.clone();

        // When
        loops.affine(wrap(x), loops.repeat(mean), loops.repeat(scale), loops.repeat(shift), 0, wrap(y), SIZE);
        loops.scaleGradient(wrap(g), wrap(y), loops.repeat(scale), false, wrap(back), SIZE);
        loops.scaleGradient(wrap(g), null, loops.repeat(scale), true, wrap(more), SIZE);

        // Then
        for (int i = 0; i < SIZE; i++) {
            int c = i % CHANNELS;
            double value = (x[i] - mean[c]) * scale[c] + shift[c];
            assertThat((double) y[i]).as("at %d", i).isCloseTo(Math.max(value, 0), within(1e-5));
            assertThat((double) back[i]).as("at %d", i).isCloseTo(y[i] > 0 ? g[i] * scale[c] : 0, within(1e-5));
            assertThat((double) more[i]).as("at %d", i).isCloseTo(x[i] + g[i] * scale[c], within(1e-5));
        }
    }

    @Test
    void sum_and_mask() {
        // Given
        var sum = new float[SIZE];
        var masked = g.clone();

        // When
        loops.sum(wrap(x), wrap(g), 0, wrap(sum), SIZE);
        loops.mask(wrap(masked), wrap(sum), SIZE);

        // Then
        for (int i = 0; i < SIZE; i++) {
            assertThat(sum[i]).isEqualTo(Math.max(x[i] + g[i], 0));
            assertThat(masked[i]).isCloseTo(sum[i] > 0 ? g[i] : 0, within(0f));
        }
    }

    /** Where the output of a ReLU is the smallest positive float, the gradient passes. */
    @Test
    void a_mask_passes_the_gradient_at_the_smallest_positive_value() {
        // Given
        var gradient = new float[] {5, 5, 5};

        // When
        loops.mask(wrap(gradient), wrap(new float[] {Float.MIN_VALUE, 0, Float.MAX_VALUE}), 3);

        // Then
        assertThat(gradient).containsExactly(5, 0, 5);
    }

    @Test
    void combine_is_the_gradient_of_batch_norm() {
        // Given
        var into = new float[SIZE];
        var factor = new double[] {0.5, 0, -1};

        // When
        loops.combine(
                wrap(g),
                loops.repeat(scale),
                loops.repeat(shift),
                wrap(x),
                loops.repeat(mean),
                loops.repeat(factor),
                wrap(into),
                SIZE);

        // Then
        for (int i = 0; i < SIZE; i++) {
            int c = i % CHANNELS;
            double expected = scale[c] * (g[i] - shift[c] - (x[i] - mean[c]) * factor[c]);
            assertThat((double) into[i]).as("at %d", i).isCloseTo(expected, within(1e-5));
        }
    }

    private static FloatBuffer wrap(float[] values) {
        return FloatBuffer.wrap(values);
    }

    private static float[] random(long seed) {
        var random = new SplittableRandom(seed);
        var values = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            values[i] = (float) (2 * random.nextDouble() - 1);
        }
        return values;
    }
}
