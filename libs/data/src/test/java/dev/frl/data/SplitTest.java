package dev.frl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SplitTest {
    private static final Dataset SMALL = SmallData.dataset();

    static LongStream seeds() {
        return LongStream.range(0, 200);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void training_and_validation_do_not_overlap_and_together_can_cover_everything(long seed) {
        // Given
        int train = new SplittableRandom(seed).nextInt(1, 41);

        // When
        var split = Split.of(SMALL, train, 40 - train, 10, seed);

        // Then
        var both = IntStream.concat(
                Arrays.stream(split.train().indices()),
                Arrays.stream(split.validation().indices()));
        assertThat(both.sorted().toArray())
                .as("seed %d", seed)
                .isEqualTo(IntStream.range(0, 40).toArray());
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void the_same_seed_gives_the_same_split_and_the_next_seed_another(long seed) {
        // Given
        var first = Split.of(SMALL, 20, 10, 5, seed);

        // When
        var again = Split.of(SMALL, 20, 10, 5, seed);
        var other = Split.of(SMALL, 20, 10, 5, seed + 1);

        // Then
        assertThat(again.train().indices())
                .as("seed %d", seed)
                .isEqualTo(first.train().indices());
        assertThat(again.validation().indices())
                .as("seed %d", seed)
                .isEqualTo(first.validation().indices());
        assertThat(again.test().indices())
                .as("seed %d", seed)
                .isEqualTo(first.test().indices());
        assertThat(other.train().indices())
                .as("seed %d", seed)
                .isNotEqualTo(first.train().indices());
    }

    @Test
    void a_larger_training_subset_contains_the_smaller_one_and_validation_does_not_change() {
        // Given
        var few = Split.of(SMALL, 10, 8, 0, 1);

        // When
        var many = Split.of(SMALL, 32, 8, 0, 1);

        // Then
        assertThat(many.train().indices()).startsWith(few.train().indices());
        assertThat(many.validation().indices()).isEqualTo(few.validation().indices());
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {0, 1, 2})
    void the_last_of_each_class_are_held_out_whatever_the_seed(long seed) {
        // Given: labels are 0 1 2 0 1 2 … of 40 images, so that class 0 has 14.
        var sizes = new DatasetSettings.SplitSettings(28, 12, 10, seed, SplitMethod.LAST_PER_CLASS);

        // When
        var split = Split.of(SMALL, sizes);
        var few = Split.of(SMALL, new DatasetSettings.SplitSettings(5, 12, 10, seed, SplitMethod.LAST_PER_CLASS));

        // Then
        assertThat(split.validation().indices()).containsExactly(28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39);
        assertThat(split.validation().countsPerClass()).containsOnly(4);
        assertThat(split.train().indices())
                .containsExactlyInAnyOrder(IntStream.range(0, 28).toArray());
        assertThat(split.train().indices()).startsWith(few.train().indices());
        assertThat(split.test().indices())
                .isEqualTo(Split.of(SMALL, 1, 0, 10, seed).test().indices());
    }

    @Test
    void classes_that_end_early_are_held_out_from_their_last_samples() {
        // Given: class 1 ends with image 3.
        byte[] labels = {1, 1, 0, 1, 0, 2, 0, 2, 2, 0};
        var images = new ImageSet(1, 1, 1, 3, new byte[10], labels);

        // When
        var split = Split.of(
                new Dataset(drawn(10, 3), images, images),
                new DatasetSettings.SplitSettings(4, 6, 10, 1, SplitMethod.LAST_PER_CLASS));

        // Then
        assertThat(split.validation().indices()).containsExactly(1, 3, 6, 7, 8, 9);
    }

    private static CatalogueEntry drawn(int count, int smallestClass) {
        return new CatalogueEntry(
                "drawn",
                List.of("a", "b", "c"),
                1,
                1,
                1,
                count,
                smallestClass,
                count,
                List.of(),
                List.of(),
                (entry, folder) -> SMALL,
                List.of());
    }

    @Test
    void samples_that_cannot_be_held_out_equally_are_refused() {
        assertThatThrownBy(() -> SMALL.entry().requireOffers(20, 11, 0, SplitMethod.LAST_PER_CLASS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "small has 3 classes of at least 13 training images each; validation 11 must be a multiple of"
                                + " 3, with fewer than 13 images of each class");
        assertThatThrownBy(() -> SMALL.entry().requireOffers(1, 39, 0, SplitMethod.LAST_PER_CLASS))
                .isInstanceOf(IllegalArgumentException.class);
        SMALL.entry().requireOffers(4, 36, 0, SplitMethod.LAST_PER_CLASS);
        SMALL.entry().requireOffers(1, 39, 0, SplitMethod.SEEDED);
    }

    @Test
    void the_whole_test_set_keeps_the_order_of_its_file_and_a_selection_is_shuffled() {
        // When
        var whole = Split.of(SMALL, 1, 0, 10, 1).test().indices();
        var choice = Split.of(SMALL, 1, 0, 4, 1).test().indices();

        // Then
        assertThat(whole).isEqualTo(IntStream.range(0, 10).toArray());
        // By a Python script of SplitMix64 and this shuffle: permutation(10, seed 1, "split/test") = 0 3 5 1 8 7 4 9 6
        // 2.
        assertThat(choice).containsExactly(0, 3, 5, 1);
    }

    @Test
    void the_shuffle_is_the_documented_one() {
        // When
        var order = Shuffle.permutation(10, 1, "split/train");
        var other = Shuffle.permutation(10, 2, "split/train");

        // Then: by the same script.
        assertThat(order).containsExactly(6, 3, 0, 5, 4, 8, 1, 2, 7, 9);
        assertThat(other).containsExactly(8, 9, 2, 1, 6, 4, 7, 3, 5, 0);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void shards_are_of_nearly_equal_size_and_together_are_the_subset(long seed) {
        // Given
        var random = new SplittableRandom(seed);
        int[] part = random.ints(random.nextInt(1, 500)).toArray();
        int n = random.nextInt(1, part.length + 1);

        // When
        var shards =
                IntStream.range(0, n).mapToObj(k -> Split.shard(part, k, n)).toList();

        // Then
        assertThat(shards.stream().flatMapToInt(Arrays::stream).toArray())
                .as("seed %d", seed)
                .isEqualTo(part);
        var lengths = shards.stream().mapToInt(shard -> shard.length).summaryStatistics();
        assertThat(lengths.getMax() - lengths.getMin()).as("seed %d", seed).isLessThanOrEqualTo(1);
    }

    @Test
    void the_manifest_of_a_subset_is_the_sum_of_its_shards() {
        // Given
        var part = Split.of(SMALL, 20, 17, 0, 3).validation();

        // When
        var manifest = part.countsPerClass();

        // Then
        var sum = new int[3];
        for (int k = 0; k < 4; k++) {
            var counts = part.images().countsPerClass(part.shard(k, 4));
            for (int label = 0; label < 3; label++) {
                sum[label] += counts[label];
            }
        }
        assertThat(manifest).isEqualTo(sum);
        assertThat(Arrays.stream(manifest).sum()).isEqualTo(17);
    }

    @Test
    void sizes_beyond_the_data_are_refused_with_the_numbers() {
        assertThatThrownBy(() -> Split.of(SMALL, 30, 11, 0, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("small has 40 training images; train 30 + validation 11 are 41: ask for 1 fewer");
        assertThatThrownBy(() -> Split.of(SMALL, 30, 1, 11, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("small has 10 test images; test 11 is more than that");
        assertThatThrownBy(() -> Split.of(SMALL, 0, 1, 1, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("train >= 1");
        assertThatThrownBy(
                        () -> SMALL.entry().requireOffers(Integer.MAX_VALUE, Integer.MAX_VALUE, 0, SplitMethod.SEEDED))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_subset_is_not_cut_into_more_shards_than_it_has_samples() {
        assertThatThrownBy(() -> Split.shard(new int[3], 0, 4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("shard 0 of 4 of 3 samples: expected 0 <= shard < count <= samples");
        assertThatThrownBy(() -> Split.shard(new int[3], 2, 2)).isInstanceOf(IllegalArgumentException.class);
    }
}
