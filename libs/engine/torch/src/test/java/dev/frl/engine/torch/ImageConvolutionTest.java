package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Linear;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ImageConvolutionTest {
    @ParameterizedTest(name = "{0} channels, kernel {1}, stride {2}, padding {3}, {4} x {5}")
    @CsvSource({
        "1, 3, 1, 1, 28, 28",
        "1, 4, 2, 1, 28, 28",
        "3, 3, 1, 1, 32, 32",
        "3, 4, 2, 1, 32, 32",
        "1, 3, 1, 1, 8, 20",
        "2, 5, 1, 2, 12, 8",
        "4, 3, 1, 1, 6, 10",
        "1, 5, 2, 2, 16, 12",
        "1, 1, 1, 0, 4, 8"
    })
    void its_gradient_is_that_of_libtorchs_own(int in, int kernel, int stride, int padding, int height, int width) {
        // Given
        var c = new Convolution("0", in, 5, kernel, stride, padding);
        var geometry = ImageConvolution.Geometry.of(c);
        assertThat(geometry.fits(architecture(c, height, width))).isTrue();
        try (var scope = new PointerScope()) {
            var weight = random(5, in, kernel, kernel);
            var plain = new TorchLayer.Conv(c, weight, null);
            var image = new ImageConvolution(geometry, plain, geometry.backwardKernel(NativeFloats.values(weight)));
            var x = random(3, in, height, width);
            var tape = new ArrayDeque<Tensor>();
            var gradient = random(3, 5, c.outputSize(height), c.outputSize(width));
            plain.forward(x, tape);
            var expected = NativeFloats.values(plain.backward(gradient, tape));

            // When
            image.forward(x, tape);
            var actual = NativeFloats.values(image.backward(gradient, tape));

            // Then
            assertThat(actual).containsExactly(expected, within(1e-4f));
            assertThat(tape).isEmpty();
        }
    }

    @Test
    void images_that_blocks_do_not_cover_are_left_to_libtorch() {
        var c = new Convolution("0", 1, 5, 3, 1, 1);

        assertThat(ImageConvolution.Geometry.of(c).fits(architecture(c, 28, 27)))
                .isFalse();
    }

    private static Architecture architecture(Convolution c, int height, int width) {
        int values = c.out() * c.outputSize(height) * c.outputSize(width);
        return new Architecture("one", c.in(), height, width, 2, List.of(c, new Flatten(), new Linear("2", values, 2)));
    }

    private static Tensor random(int... shape) {
        var random = new SplittableRandom(5);
        long[] longs = java.util.Arrays.stream(shape).asLongStream().toArray();
        int size = java.util.Arrays.stream(shape).reduce(1, Math::multiplyExact);
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextDouble() - 0.5f;
        }
        return NativeFloats.tensor(values, longs);
    }
}
