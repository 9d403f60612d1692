package dev.frl.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.settings.AugmentationSettings;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AugmentationTest {
    private static final int CHANNELS = 2;
    private static final int HEIGHT = 5;
    private static final int WIDTH = 7;
    private static final int SIZE = CHANNELS * HEIGHT * WIDTH;

    @ParameterizedTest(name = "crop {0}, flip {1}")
    @CsvSource({"0, false", "0, true", "1, false", "3, true", "4, true"})
    void images_are_padded_then_cropped_then_flipped(int crop, boolean flip) {
        // Given
        int n = 200;
        var before = images(n);
        var after = before.clone();
        long[] seeds = LongStream.range(0, n).map(i -> i * i - 50).toArray();

        // When
        new Augmentation(new AugmentationSettings(crop, flip), CHANNELS, HEIGHT, WIDTH).apply(after, seeds);

        // Then
        for (int i = 0; i < n; i++) {
            assertThat(image(after, i)).as("image %d", i).isEqualTo(slowly(image(before, i), seeds[i], crop, flip));
        }
    }

    /** Step by step: a padded image, a window of it, and that window flipped. */
    private static float[] slowly(float[] image, long seed, int crop, boolean flip) {
        var random = new SplittableRandom(seed);
        int top = (int) (((random.nextLong() >>> 33) * (2 * crop + 1)) / (1L << 31));
        int left = (int) (((random.nextLong() >>> 33) * (2 * crop + 1)) / (1L << 31));
        boolean mirrored = flip && random.nextLong() < 0;
        var result = new float[SIZE];
        for (int c = 0; c < CHANNELS; c++) {
            var padded = new float[HEIGHT + 2 * crop][WIDTH + 2 * crop];
            for (int h = 0; h < HEIGHT; h++) {
                for (int w = 0; w < WIDTH; w++) {
                    padded[h + crop][w + crop] = image[(c * HEIGHT + h) * WIDTH + w];
                }
            }
            for (int h = 0; h < HEIGHT; h++) {
                var row = Arrays.copyOfRange(padded[top + h], left, left + WIDTH);
                for (int w = 0; w < WIDTH; w++) {
                    result[(c * HEIGHT + h) * WIDTH + w] = mirrored ? row[WIDTH - 1 - w] : row[w];
                }
            }
        }
        return result;
    }

    @Test
    void an_augmented_image_does_not_depend_on_its_neighbours_nor_its_crop_on_flips() {
        // Given
        var augmentation = new Augmentation(new AugmentationSettings(2, true), CHANNELS, HEIGHT, WIDTH);
        var onlyCropped = new Augmentation(new AugmentationSettings(2, false), CHANNELS, HEIGHT, WIDTH);
        var together = images(50);
        var cropped = images(50);
        long[] seeds = LongStream.range(1000, 1050).toArray();

        // When
        augmentation.apply(together, seeds);
        onlyCropped.apply(cropped, seeds);

        // Then
        int flipped = 0;
        for (int i = 0; i < 50; i++) {
            var alone = image(images(50), i);
            augmentation.apply(alone, new long[] {seeds[i]});
            assertThat(image(together, i)).isEqualTo(alone);
            boolean unflipped = Arrays.equals(alone, image(cropped, i));
            flipped += unflipped ? 0 : 1;
            assertThat(unflipped || Arrays.equals(mirror(alone), image(cropped, i)))
                    .isTrue();
        }
        assertThat(flipped).isBetween(10, 40);
    }

    /** 18,000 images take each of 9 x 2 results 1,000 times on average; 5 standard deviations are 154. */
    @Test
    void every_crop_and_flip_is_equally_likely() {
        // Given
        int n = 18_000;
        var dots = new float[n * 15];
        for (int i = 0; i < n; i++) {
            dots[i * 15 + 6] = 1; // beside the middle of 3 x 5, so that a flipped dot is elsewhere
        }

        // When
        new Augmentation(new AugmentationSettings(1, true), 1, 3, 5)
                .apply(dots, LongStream.range(0, n).toArray());

        // Then
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < n; i++) {
            seen.merge(Arrays.toString(Arrays.copyOfRange(dots, i * 15, i * 15 + 15)), 1, Integer::sum);
        }
        // Columns 0, 1, 2 and, flipped, 4, 3, 2: the middle column is counted for both.
        assertThat(seen).hasSize(15);
        assertThat(seen.values())
                .allSatisfy(count -> assertThat(Math.min(Math.abs(count - 1000), Math.abs(count - 2000)))
                        .isLessThan(220));
    }

    private static float[] images(int n) {
        var random = new SplittableRandom(7);
        var images = new float[n * SIZE];
        for (int i = 0; i < images.length; i++) {
            images[i] = 1 + random.nextInt(1000); // never 0, the padding
        }
        return images;
    }

    private static float[] image(float[] images, int i) {
        return Arrays.copyOfRange(images, i * SIZE, (i + 1) * SIZE);
    }

    private static float[] mirror(float[] image) {
        var result = new float[SIZE];
        for (int i = 0; i < SIZE; i++) {
            result[i] = image[i / WIDTH * WIDTH + WIDTH - 1 - i % WIDTH];
        }
        return result;
    }
}
