package dev.frl.engine.dl4j.frozen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.engine.Samples;
import dev.frl.engine.dl4j.Dl4jEngine;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases that the contract's nets do not reach, which are small and have common kernels. */
class FrozenNetTest {
    private static final AttackSettings FGSM =
            new AttackSettings(Method.FGSM, Loss.CROSS_ENTROPY, 0.1, 0.025, 1, Start.CLEAN);

    /** Covers all forms of the gradient: blocks, blocks with more padding below than above, and the backward convolution. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 0, 8",
        "1, 2, 0, 8",
        "2, 1, 0, 8",
        "2, 2, 0, 9",
        "3, 1, 1, 7",
        "3, 1, 2, 7",
        "3, 2, 0, 8",
        "3, 2, 1, 8",
        "3, 2, 1, 9",
        "3, 3, 1, 9",
        "4, 2, 1, 8",
        "4, 2, 1, 9",
        "5, 1, 2, 8",
        "5, 2, 1, 8",
        "7, 2, 3, 8"
    })
    void the_backward_pass_works_for_every_kind_of_convolution(int kernel, int stride, int padding, int size) {
        // Given: the map that the convolution reads has a second reader
        var convolution = new Convolution("2", 3, 5, kernel, stride, padding);
        int out = convolution.outputSize(size);
        var body = List.of(convolution, new Relu(), new Convolution("3", 5, 4, 3, 1, 1));
        var shortcut = List.of(new Convolution("4", 3, 4, kernel, stride, padding, false));
        var architecture = new Architecture(
                "kinds",
                2,
                size,
                size,
                3,
                List.of(
                        new Convolution("0", 2, 3, 3, 1, 1),
                        new Relu(),
                        new Residual(List.copyOf(body), List.copyOf(shortcut)),
                        new Relu(),
                        new Flatten(),
                        new Linear("7", 4 * out * out, 3)));
        var state = architecture.initialState(1);
        var samples = samples(architecture, 5);

        // When
        try (var net = new Dl4jEngine().open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var attacked = net.attack(samples, FGSM);

            // Then
            assertThat(attacked).containsExactly(reference.attack(samples, FGSM), within(1e-6f));
            assertThat(net.attack(samples, FGSM)).isEqualTo(attacked);
        }
    }

    /** oneDNN chooses its implementation by width and number of images. */
    @ParameterizedTest
    @ValueSource(strings = {"preactresnet18", "wrn28-2"})
    void a_sample_in_a_net_of_full_width_does_not_depend_on_the_other_samples(String name) {
        // Given
        var architecture = Architectures.named(name, 3, 32, 32, 10);
        var samples = samples(architecture, 37);
        int pixels = architecture.pixels();

        // When
        try (var one = new Dl4jEngine().open(architecture, architecture.initialState(1), 1);
                var two = new Dl4jEngine().open(architecture, architecture.initialState(1), 2)) {
            var attacked = one.attack(samples, FGSM);
            var logits = one.logits(attacked, 37);

            // Then
            assertThat(two.attack(samples, FGSM)).isEqualTo(attacked);
            assertThat(one.attack(samples.restarted(new int[] {5, 6, 36}, 0), FGSM))
                    .startsWith(Arrays.copyOfRange(attacked, 5 * pixels, 7 * pixels))
                    .endsWith(Arrays.copyOfRange(attacked, 36 * pixels, 37 * pixels));
            assertThat(one.logits(Arrays.copyOfRange(attacked, 5 * pixels, 8 * pixels), 3))
                    .isEqualTo(Arrays.copyOfRange(logits, 50, 80));
        }
    }

    private static Samples samples(Architecture architecture, int count) {
        var random = new SplittableRandom(3);
        var images = new float[count * architecture.pixels()];
        for (int i = 0; i < images.length; i++) {
            images[i] = (float) random.nextDouble();
        }
        var radius = new float[count];
        Arrays.fill(radius, 0.1f);
        var labels = random.ints(count, 0, architecture.classes()).toArray();
        return new Samples(images, labels, radius, random.longs(count).toArray());
    }
}
