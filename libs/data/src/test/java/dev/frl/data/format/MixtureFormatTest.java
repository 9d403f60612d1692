package dev.frl.data.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.DatasetSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.data.Dataset;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MixtureFormatTest {
    private static final DataStore NOWHERE =
            new DataStore(Path.of("/no such folder"), Path.of("/nor this"), Progress.NONE);

    private static Dataset draw(MixtureSettings mixture, SplitSettings split) {
        return NOWHERE.load(Datasets.of(new DatasetSettings(DatasetSettings.GAUSSIAN_MIXTURE, split, mixture)));
    }

    @Test
    void samples_are_the_documented_ones() {
        // When
        var dataset = draw(new MixtureSettings(3, 0.05, 0.03, 2), new SplitSettings(2, 1, 3, 7));

        // Then: computed by a Python script with the derivation of seeds, SplitMix64 and Box-Muller pairs.
        assertThat(dataset.train().gather(new int[] {0, 1, 2}))
                .containsExactly(
                        new float[] {
                            0.449192f, 0.470340f, 0.415555f, 0.589752f, 0.605145f, 0.440155f, 0.464392f, 0.397893f,
                            0.435447f
                        },
                        within(1e-6f));
        assertThat(dataset.test().gather(new int[] {0, 1, 2}))
                .containsExactly(
                        new float[] {
                            0.489423f, 0.484802f, 0.474671f, 0.527538f, 0.564010f, 0.612058f, 0.454916f, 0.439649f,
                            0.473449f
                        },
                        within(1e-6f));
        assertThat(dataset.train().labels(new int[] {0, 1, 2})).containsExactly(0, 1, 0);
        assertThat(dataset.classNames()).containsExactly("-1", "+1");
    }

    /** 8 numbers are compared; each tolerance is 4.5 standard errors. */
    @Test
    void each_class_has_the_mean_and_deviation_of_the_model_in_every_pixel_and_pixels_are_not_correlated() {
        // Given
        int n = 100_000;
        var mixture = new MixtureSettings(2, 0.06, 0.02, 3);

        // When
        var images = draw(mixture, new SplitSettings(2 * n - 1, 1, 1, 1)).train();

        // Then
        for (int label = 0; label < 2; label++) {
            int first = label;
            var x = images.gather(IntStream.range(0, n).map(i -> 2 * i + first).toArray());
            double sigma = label == 0 ? 0.02 : 0.06;
            for (int p = 0; p < 2; p++) {
                assertThat(moment(x, p, -1, 0))
                        .as("mean of pixel %d of class %d", p, label)
                        .isCloseTo(label == 0 ? 0.44 : 0.56, within(4.5 * sigma / Math.sqrt(n)));
                assertThat(moment(x, p, p, label == 0 ? 0.44 : 0.56))
                        .as("variance of pixel %d of class %d", p, label)
                        .isCloseTo(sigma * sigma, within(4.5 * sigma * sigma * Math.sqrt(2.0 / n)));
            }
            assertThat(moment(x, 0, 1, label == 0 ? 0.44 : 0.56))
                    .as("covariance of class %d", label)
                    .isCloseTo(0, within(4.5 * sigma * sigma / Math.sqrt(n)));
        }
    }

    /** Mean of (x_p − centre)(x_q − centre) over the images; without the second factor if q is negative. */
    private static double moment(float[] x, int p, int q, double centre) {
        return IntStream.range(0, x.length / 2)
                .mapToDouble(i -> (x[2 * i + p] - centre) * (q < 0 ? 1 : x[2 * i + q] - centre))
                .average()
                .orElseThrow();
    }

    @Test
    void a_larger_data_set_contains_the_smaller_one_and_another_seed_changes_every_sample() {
        // Given
        var mixture = MixtureSettings.DEFAULT;
        var few = draw(mixture, new SplitSettings(10, 5, 5, 1));

        // When
        var many = draw(mixture, new SplitSettings(100, 50, 50, 1));
        var other = draw(mixture, new SplitSettings(10, 5, 5, 2));

        // Then
        int[] five = {0, 1, 2, 3, 4};
        assertThat(many.train().gather(five)).isEqualTo(few.train().gather(five));
        assertThat(many.test().gather(five)).isEqualTo(few.test().gather(five));
        assertThat(few.test().gather(five)).isNotEqualTo(few.train().gather(five));
        assertThat(other.train().gather(five)).isNotEqualTo(few.train().gather(five));
        assertThat(many.train().count()).isEqualTo(150);
    }
}
