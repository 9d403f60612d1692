package dev.frl.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.atIndex;

import org.junit.jupiter.api.Test;

final class ImageSetTest {
    private static final ImageSet TWO = new ImageSet(
            2, 1, 2, 200, new byte[] {0, 1, (byte) 254, (byte) 255, 51, 102, (byte) 153, (byte) 204}, new byte[] {
                3, (byte) 199
            });

    @Test
    void gathering_gives_pixels_in_0_to_1_in_the_order_asked_for() {
        // Given
        int[] second_first_second = {1, 0, 1};
        var into = new float[3 * 4];

        // When
        TWO.gather(second_first_second, into);

        // Then
        assertThat(into).containsExactly(0.2f, 0.4f, 0.6f, 0.8f, 0, 1 / 255f, 254 / 255f, 1, 0.2f, 0.4f, 0.6f, 0.8f);
    }

    @Test
    void bytes_above_127_are_not_negative() {
        // When
        int label = TWO.label(1);

        // Then
        assertThat(label).isEqualTo(199);
        assertThat(TWO.labels(new int[] {1, 0})).containsExactly(199, 3);
        assertThat(TWO.countsPerClass(new int[] {1, 1, 0})).contains(2, atIndex(199));
    }

    @Test
    void an_array_of_the_wrong_size_is_refused_and_nothing_is_written() {
        // Given
        var tooLong = new float[5];

        // When, Then
        assertThatThrownBy(() -> TWO.gather(new int[] {0}, tooLong))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("need an array of 4, got 5");
        assertThat(tooLong).containsOnly(0);
    }

    @Test
    void an_index_outside_the_set_is_refused() {
        assertThatThrownBy(() -> TWO.gather(new int[] {2}, new float[4])).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> TWO.gather(new int[] {-1}, new float[4]))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void a_label_that_is_not_a_class_is_refused() {
        assertThatThrownBy(() -> new ImageSet(1, 1, 1, 3, new byte[2], new byte[] {2, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label 3 of sample 1 is not one of the 3 classes");
    }

    @Test
    void floats_are_kept_as_they_are_and_only_those_in_0_to_1_are_taken() {
        // Given
        float third = 1 / 3f;
        var images = ImageSet.ofFloats(1, 1, 2, 2, new float[] {0, third, 1, 0.5f}, new byte[] {1, 0});

        // When
        var gathered = images.gather(new int[] {1, 0, 0});

        // Then
        assertThat(gathered).containsExactly(1, 0.5f, 0, third, 0, third);
        assertThatThrownBy(() -> ImageSet.ofFloats(1, 1, 2, 2, new float[] {0, 1.5f}, new byte[1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("pixel value 1.5 at position 1 is not in [0, 1]");
        assertThatThrownBy(() -> ImageSet.ofFloats(1, 1, 1, 2, new float[] {Float.NaN}, new byte[1]))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void pixels_and_labels_must_fit_each_other() {
        assertThatThrownBy(() -> new ImageSet(1, 2, 2, 3, new byte[9], new byte[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("2 labels of images of 1 x 2 x 2 need 8 pixel values, got 9");
    }
}
