package dev.frl.engine.contract;

import static dev.frl.engine.contract.Fixtures.tensor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits of a net. */
interface LogitsContract extends EngineUnderTest {
    @Test
    default void a_linear_layer_multiplies_rows_of_its_weight_and_adds_the_bias() {
        // Given
        var architecture = new Architecture("linear", 1, 1, 3, 2, List.of(new Flatten(), new Linear("1", 3, 2)));
        var state = state(
                "1.weight", tensor(List.of(2, 3), 1, 2, 3, -1, 0, 1),
                "1.bias", tensor(List.of(2), 10, 20));

        // When
        try (var net = open(architecture, state, 1)) {
            var logits = net.logits(new float[] {0, 0.5f, 1, 1, 0, 0}, 2);

            // Then
            assertThat(logits).containsExactly(new float[] {14, 21, 11, 19}, within(1e-5f));
        }
    }

    @Test
    default void a_convolution_is_a_correlation_with_zeros_around_and_channels_come_before_rows() {
        // Given: the kernel adds the right neighbour and twice the one below; the linear layer is the identity
        var architecture = new Architecture(
                "convolution",
                1,
                2,
                3,
                6,
                List.of(new Convolution("0", 1, 1, 3, 1, 1), new Flatten(), new Linear("2", 6, 6)));
        var identity = new double[36];
        for (int i = 0; i < 6; i++) {
            identity[i * 7] = 1;
        }
        var state = state(
                "0.weight", tensor(List.of(1, 1, 3, 3), 0, 0, 0, 0, 0, 1, 0, 2, 0),
                "0.bias", tensor(List.of(1), 0.5),
                "2.weight", tensor(List.of(6, 6), identity),
                "2.bias", tensor(List.of(6), 0, 0, 0, 0, 0, 0));

        // When
        try (var net = open(architecture, state, 1)) {
            var logits = net.logits(new float[] {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f}, 1);

            // Then
            assertThat(logits).containsExactly(new float[] {1.5f, 1.8f, 1.7f, 1, 1.1f, 0.5f}, within(1e-5f));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#architectures")
    default void logits_are_those_of_the_reference_engine(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);
        var images = Fixtures.samples(architecture, 5, 0, 2).images();

        // When
        try (var net = open(architecture, state, 1);
                var reference = new ReferenceEngine().open(architecture, state, 1)) {
            var logits = net.logits(images, 5);

            // Then
            assertThat(logits).containsExactly(reference.logits(images, 5), within(1e-4f));
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void logits_do_not_depend_on_the_batch_a_sample_is_in_or_on_threads(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);
        var images = Fixtures.samples(architecture, 300, 0, 2).images();
        var some = Arrays.copyOfRange(images, 100 * architecture.pixels(), 117 * architecture.pixels());

        // When
        try (var one = open(architecture, state, 1);
                var two = open(architecture, state, 2)) {
            var logits = one.logits(images, 300);

            // Then
            assertThat(two.logits(images, 300)).isEqualTo(logits);
            assertThat(two.logits(some, 17))
                    .isEqualTo(Arrays.copyOfRange(logits, 100 * architecture.classes(), 117 * architecture.classes()));
        }
    }

    @Test
    default void no_images_give_no_logits() {
        try (var net = open(Fixtures.plain(), 1)) {
            assertThat(net.logits(new float[0], 0)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void a_pixel_that_is_not_a_number_is_an_error(Architecture architecture) {
        // Given
        var images = Fixtures.samples(architecture, 3, 0, 2).images();
        images[architecture.pixels() + 9] = Float.NaN;

        // When
        try (var net = open(architecture, 1)) {

            // Then
            assertThatThrownBy(() -> net.logits(images, 3))
                    .isInstanceOf(NotFiniteException.class)
                    .hasMessageMatching("(images|logits) is not finite");
        }
    }

    private static NamedTensors state(Object... namesAndTensors) {
        var tensors = new LinkedHashMap<String, Tensor>();
        for (int i = 0; i < namesAndTensors.length; i += 2) {
            tensors.put((String) namesAndTensors[i], (Tensor) namesAndTensors[i + 1]);
        }
        return NamedTensors.of(tensors);
    }
}
