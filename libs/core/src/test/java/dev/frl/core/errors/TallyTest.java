package dev.frl.core.errors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TallyTest {
    @Test
    void errors_are_fractions_of_each_class_and_of_all_samples() {
        // Given
        int[] labels = {0, 0, 0, 0, 1, 1};
        int[] clean = {0, 0, 0, 1, 1, 1};
        int[] attacked = {0, 0, 1, 1, 0, 0};

        // When
        var errors = ClassErrors.of(Tally.count(3, labels, clean, attacked));

        // Then
        assertThat(errors.standard()).isEqualTo(PerClass.of(0.25, 0, Double.NaN));
        assertThat(errors.robust()).isEqualTo(PerClass.of(0.5, 1, Double.NaN));
        assertThat(errors.boundary()).isEqualTo(PerClass.of(0.25, 1, Double.NaN));
        assertThat(errors.totalStandard()).isEqualTo(1 / 6.0);
        assertThat(errors.totalRobust()).isEqualTo(4 / 6.0);
        assertThat(errors.totalBoundary()).isEqualTo(3 / 6.0);
        assertThat(errors.robust().argMax()).isEqualTo(1);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shards_add_up_to_the_whole_however_it_was_cut(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        int n = 1 + random.nextInt(300);
        int classes = 1 + random.nextInt(12);
        var labels = random.ints(n, 0, classes).toArray();
        var clean = random.ints(n, 0, classes).toArray();
        var attacked = new int[n];
        for (int i = 0; i < n; i++) {
            attacked[i] = clean[i] == labels[i] ? random.nextInt(classes) : clean[i];
        }
        int cut = random.nextInt(n + 1);

        // When
        var whole = Tally.count(classes, labels, clean, attacked);
        var first = count(classes, labels, clean, attacked, 0, cut);
        var second = count(classes, labels, clean, attacked, cut, n);

        // Then
        assertThat(first.plus(second)).as("seed %d", seed).isEqualTo(whole);
        assertThat(second.plus(first)).as("seed %d", seed).isEqualTo(whole);
    }

    @Test
    void impossible_counts_are_refused() {
        assertThatThrownBy(() -> Tally.of(2, new long[] {1, 0, 0, 1}, new long[] {0, 0, 0, 1}))
                .hasMessageContaining("class 0: 1 samples");
        assertThatThrownBy(() -> Tally.of(2, new long[] {0, 1, 0, 1}, new long[] {1, 0, 0, 1}))
                .as("an attack that corrects a prediction")
                .hasMessageContaining("class 0");
        assertThatThrownBy(() -> Tally.of(2, new long[] {-1, 1, 0, 0}, new long[] {-1, 1, 0, 0}))
                .hasMessage("a count is -1");
        assertThatThrownBy(() -> Tally.of(3, new long[4], new long[9])).hasMessageContaining("got 4 and 9");
        assertThatThrownBy(() -> ClassErrors.of(Tally.empty(2))).hasMessageContaining("the tally has no samples");
    }

    private static Tally count(int classes, int[] labels, int[] clean, int[] attacked, int from, int to) {
        return Tally.count(
                classes,
                java.util.Arrays.copyOfRange(labels, from, to),
                java.util.Arrays.copyOfRange(clean, from, to),
                java.util.Arrays.copyOfRange(attacked, from, to));
    }

    static LongStream seeds() {
        return LongStream.range(0, 100);
    }
}
