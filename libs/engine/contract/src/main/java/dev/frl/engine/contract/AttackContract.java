package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Method;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.AttackSettings.Start;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.attack.Noise;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Images under attack. */
interface AttackContract extends EngineUnderTest {
    static Stream<Arguments> netsAndAttacks() {
        return Fixtures.tiny()
                .flatMap(net ->
                        Stream.concat(Fixtures.attacks(), Fixtures.ascents()).map(attack -> Arguments.of(net, attack)));
    }

    @ParameterizedTest
    @MethodSource("netsAndAttacks")
    default void each_sample_is_moved_by_at_most_its_own_radius_and_stays_an_image(
            Architecture architecture, AttackSettings attack) {
        // Given
        int count = 40;
        var samples = Fixtures.samples(architecture, count, 0, 1);
        for (int i = 0; i < count; i++) {
            samples.radius()[i] = i % 4 == 0 ? 0 : 0.03f * (i % 4);
        }

        // When
        try (var net = open(architecture, 2)) {
            var adversarial = net.attack(samples, attack);

            // Then
            for (int i = 0; i < count; i++) {
                assertThat(distance(attack.norm(), adversarial, samples.images(), i, architecture.pixels()))
                        .isLessThanOrEqualTo(samples.radius()[i] * 1.000001 + 1e-7);
            }
            for (float pixel : adversarial) {
                assertThat(pixel).isBetween(0f, 1f);
            }
            assertThat(Arrays.copyOf(adversarial, architecture.pixels()))
                    .as("radius 0")
                    .isEqualTo(Arrays.copyOf(samples.images(), architecture.pixels()));
            assertThat(adversarial).isNotEqualTo(samples.images());
        }
    }

    private static double distance(Norm norm, float[] a, float[] b, int image, int pixels) {
        double largest = 0;
        double squares = 0;
        for (int p = image * pixels; p < (image + 1) * pixels; p++) {
            double shift = Math.abs((double) a[p] - b[p]);
            largest = Math.max(largest, shift);
            squares += shift * shift;
        }
        return norm == Norm.LINF ? largest : Math.sqrt(squares);
    }

    @ParameterizedTest
    @MethodSource("netsAndAttacks")
    default void an_attack_changes_neither_its_inputs_nor_the_net(Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 7, 0.1, 1);
        var images = samples.images().clone();
        var labels = samples.labels().clone();
        var radius = samples.radius().clone();

        // When
        try (var net = open(architecture, 2)) {
            var before = net.state();
            net.attack(samples, attack);
            net.evaluate(samples, attack);

            // Then
            assertThat(samples.images()).isEqualTo(images);
            assertThat(samples.labels()).isEqualTo(labels);
            assertThat(samples.radius()).isEqualTo(radius);
            assertThat(net.state()).isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("netsAndAttacks")
    default void the_same_seeds_give_the_same_bits_for_any_threads_and_batches(
            Architecture architecture, AttackSettings attack) {
        // Given
        var state = Fixtures.state(architecture, 2);
        var samples = Fixtures.samples(architecture, 203, attack, 1);
        int pixels = architecture.pixels();

        // When
        try (var one = open(architecture, state, 1);
                var two = open(architecture, state, 2)) {
            var whole = one.attack(samples, attack);

            // Then
            assertThat(one.attack(samples, attack)).isEqualTo(whole);
            assertThat(two.attack(samples, attack)).isEqualTo(whole);
            for (int from = 0; from < 203; from += 29) {
                int to = Math.min(203, from + 29);
                assertThat(two.attack(Fixtures.slice(samples, from, to), attack))
                        .as("samples %d to %d alone", from, to)
                        .isEqualTo(Arrays.copyOfRange(whole, from * pixels, to * pixels));
            }
        }
    }

    @Test
    default void an_attack_starts_where_its_seed_says() {
        // Given
        var architecture = Fixtures.plain();
        var samples = Fixtures.samples(architecture, 2, 0.1, 1);
        var expected = new float[2 * architecture.pixels()];
        for (int i = 0; i < 2; i++) {
            int from = i * architecture.pixels();
            Noise.start(
                    Fixtures.START_ONLY,
                    samples.images(),
                    from,
                    architecture.pixels(),
                    0.1f,
                    samples.seeds()[i],
                    expected,
                    from);
        }

        // When
        try (var net = open(architecture, 2)) {
            var adversarial = net.attack(samples, Fixtures.START_ONLY);

            // Then
            assertThat(adversarial).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void bim_is_pgd_from_the_clean_image_and_ignores_its_start(Architecture architecture) {
        // Given
        var samples = Fixtures.samples(architecture, 9, 0.1, 1);
        var pgd = new AttackSettings(Method.PGD, Loss.CROSS_ENTROPY, 0.1, 0.025, 5, Start.CLEAN);

        // When
        try (var net = open(architecture, 2)) {
            var basic = net.attack(samples, Fixtures.BIM);

            // Then
            assertThat(basic).isEqualTo(net.attack(samples, pgd)).isNotEqualTo(net.attack(samples, Fixtures.PGD));
            assertThat(net.evaluate(samples, Fixtures.BIM).attacked())
                    .isEqualTo(net.evaluate(samples, pgd).attacked());
        }
    }

    @Test
    default void a_loss_that_compares_more_logits_than_there_are_is_an_error() {
        // Given
        var architecture = Fixtures.onePixel();
        var samples = Fixtures.samples(architecture, 3, 0.1, 1);

        // When
        try (var net = open(architecture, 1)) {

            // Then
            String why = "one-pixel has 2 classes, but the loss dlr needs 3 at least";
            assertThatThrownBy(() -> net.attack(samples, Fixtures.PGD_DLR))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(why);
            assertThatThrownBy(() -> net.evaluate(samples, Fixtures.PGD_DLR))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(why);
            assertThat(net.attack(samples, Fixtures.PGD_CW)).hasSize(3);
        }
    }

    /**
     * Logits −x', x', 0 and x' − 1 for x' = x − 0.5. At x = 0.5 the first three are equal. So for label 0 the first of the largest
     * other logits is that of class 1, and for labels 1, 2 and 3 it is that of class 0. Hence z_other − z_label grows with x for
     * label 0, and falls for the other labels.
     */
    @ParameterizedTest
    @CsvSource({
        "CW, 0, 0.75", "CW, 1, 0.25", "CW, 2, 0.25", "CW, 3, 0.25",
        "DLR, 0, 0.75", "DLR, 1, 0.25", "DLR, 2, 0.25", "DLR, 3, 0.25"
    })
    default void where_the_largest_logits_tie_the_margin_decides(Loss loss, int label, float expected) {
        // Given
        var tensors = new LinkedHashMap<String, Tensor>();
        tensors.put("1.weight", Fixtures.tensor(List.of(4, 1), -1, 1, 0, 1));
        tensors.put("1.bias", Fixtures.tensor(List.of(4), 0.5, -0.5, 0, -1.5));
        var sample = new Samples(new float[] {0.5f}, new int[] {label}, new float[] {0.25f}, new long[] {1});
        var fgsm = new AttackSettings(Method.FGSM, loss, 0.25, 0.25, 1, Start.CLEAN);

        // When
        try (var net = open(Fixtures.onePixelLinear(), NamedTensors.of(tensors), 1)) {
            var moved = net.attack(sample, fgsm);

            // Then
            assertThat(moved).containsExactly(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    default void where_the_loss_is_flat_nothing_moves(Norm norm) {
        // Given
        var architecture = Fixtures.plain();
        var zeros = new LinkedHashMap<>(Fixtures.state(architecture, 1).asMap());
        zeros.replaceAll((name, tensor) -> new Floats(tensor.shape(), new float[tensor.size()]));
        var samples = Fixtures.samples(architecture, 3, 0.1, 1);

        // When
        try (var net = open(architecture, NamedTensors.of(zeros), 1)) {
            for (var method : Method.values()) {
                var attack = new AttackSettings(method, norm, Loss.CROSS_ENTROPY, 0.1, 0.03, 12, Start.CLEAN);

                // Then
                assertThat(net.attack(samples, attack)).as(method.label()).isEqualTo(samples.images());
            }
        }
    }

    /**
     * Not all images, for two reasons. Rounding decides the sign of a gradient near 0. And where the loss grows by no more than
     * rounding, rounding decides whether APGD halves its steps.
     */
    @ParameterizedTest
    @MethodSource("netsAndAttacks")
    default void nearly_all_images_end_at_those_of_the_reference_engine(
            Architecture architecture, AttackSettings attack) {
        // Given
        int count = 60;
        var state = Fixtures.state(architecture, 2);
        var samples = Fixtures.samples(architecture, count, attack, 1);

        // When
        try (var net = open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var adversarial = net.attack(samples, attack);

            // Then
            var expected = reference.attack(samples, attack);
            long apart = IntStream.range(0, expected.length)
                    .filter(p -> Math.abs(adversarial[p] - expected[p]) >= 1e-5)
                    .map(p -> p / architecture.pixels())
                    .distinct()
                    .count();
            assertThat(apart).isLessThanOrEqualTo(count / 10);
        }
    }

    @Test
    default void no_samples_are_no_work() {
        // Given
        var none = new Samples(new float[0], new int[0], new float[0], new long[0]);

        // When
        try (var net = open(Fixtures.plain(), 1)) {

            // Then
            assertThat(net.attack(none, Fixtures.PGD)).isEmpty();
            assertThat(net.evaluate(none, Fixtures.PGD).count()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("netsAndAttacks")
    default void attacking_an_image_that_holds_nan_is_an_error(Architecture architecture, AttackSettings attack) {
        // Given
        var samples = Fixtures.samples(architecture, 3, 0.1, 2);
        samples.images()[architecture.pixels() + 9] = Float.NaN;

        // When
        try (var net = open(architecture, 1)) {

            // Then
            assertThatThrownBy(() -> net.attack(samples, attack)).isInstanceOf(NotFiniteException.class);
            assertThatThrownBy(() -> net.evaluate(samples, attack)).isInstanceOf(NotFiniteException.class);
        }
    }
}
