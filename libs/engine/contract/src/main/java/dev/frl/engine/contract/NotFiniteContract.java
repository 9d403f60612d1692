package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.FirstNotFinite;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An engine builds any net up to any of its layers, so that the layer where numbers stop being finite can be named. */
interface NotFiniteContract extends EngineUnderTest {
    /** Pairs of an architecture and a weight of one of its layers. */
    static Stream<List<Object>> layers() {
        return Fixtures.architectures()
                .flatMap(architecture -> architecture.layers().stream()
                        .filter(layer -> !layer.shapes().isEmpty())
                        .map(layer -> List.of(
                                architecture, layer.shapes().keySet().iterator().next())));
    }

    @ParameterizedTest
    @MethodSource("layers")
    default void the_layer_whose_output_overflows_is_named(List<Object> layer) {
        // Given: weights that are finite, and so large that their sum over positive inputs is not
        var architecture = (Architecture) layer.get(0);
        var weight = (String) layer.get(1);
        var state = positive(Fixtures.state(architecture, 1));
        var size = state.get(weight).size();
        var huge = new float[size];
        Arrays.fill(huge, Float.MAX_VALUE);
        var images = new float[3 * architecture.pixels()];
        Arrays.fill(images, 1);

        open(architecture, state, 1).close(); // skips the test if this engine has no such nets

        // When
        var found = FirstNotFinite.layer(
                engine(),
                2,
                architecture,
                Fixtures.with(state, weight, new Floats(state.get(weight).shape(), huge)),
                images,
                3);

        // Then
        assertThat(found)
                .hasValueSatisfying(words -> assertThat(words)
                        .matches("the output of layers? " + Pattern.quote(weight.substring(0, weight.lastIndexOf('.')))
                                + "( to \\S+)?"));
    }

    /** Positive weights, so that no ReLU cuts off the overflow, and large enough that values grow. */
    private static NamedTensors positive(NamedTensors state) {
        var result = state;
        for (var name : state.names()) {
            if (state.get(name) instanceof Floats floats) {
                boolean small = name.endsWith("running_mean");
                var values = floats.values().clone();
                for (int i = 0; i < values.length; i++) {
                    values[i] = small ? 0 : Math.max(0.5f, Math.abs(values[i]));
                }
                result = Fixtures.with(result, name, new Floats(floats.shape(), values));
            }
        }
        return result;
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void weights_that_are_not_finite_are_named_before_any_output(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);
        var name = List.copyOf(state.names()).get(state.names().size() - 1);
        var last = Fixtures.with(state, name, 0, Float.NaN);
        var both = Fixtures.with(last, "0.weight", 3, Float.NEGATIVE_INFINITY);
        var images = Fixtures.samples(architecture, 2, 0, 1).images();

        // Then
        assertThat(FirstNotFinite.layer(engine(), 2, architecture, last, images, 2))
                .contains(String.format(
                        Locale.ROOT, "the weights of layer %s (%s)", name.substring(0, name.indexOf('.')), name));
        assertThat(FirstNotFinite.layer(engine(), 2, architecture, both, images, 2))
                .contains("the weights of layer 0 (0.weight)");
    }

    @Test
    default void where_all_is_finite_nothing_is_named() {
        // Given
        var architecture = Fixtures.norm();
        var images = Fixtures.samples(architecture, 2, 0, 1).images();
        var broken = images.clone();
        broken[7] = Float.NaN;

        // Then
        var state = Fixtures.state(architecture, 1);
        assertThat(FirstNotFinite.layer(engine(), 2, architecture, state, images, 2))
                .isEmpty();
        assertThat(FirstNotFinite.layer(engine(), 2, architecture, state, broken, 2))
                .contains("the images");
    }
}
