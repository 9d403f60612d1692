package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.StateMismatchException;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State and optimizer state, in and out. */
interface StateContract extends EngineUnderTest {
    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#architectures")
    default void a_state_is_the_loaded_one_to_the_bit_and_in_order(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);

        // When
        try (var net = open(architecture, 2)) {
            net.load(state);

            // Then
            assertThat(net.state()).isEqualTo(state);
            assertThat(net.state().names())
                    .containsExactlyElementsOf(architecture.shapes().keySet());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.Fixtures#tiny")
    default void a_loaded_net_has_the_logits_of_a_net_that_was_opened_with_that_state(Architecture architecture) {
        // Given
        var state = Fixtures.state(architecture, 1);
        var images = Fixtures.samples(architecture, 9, 0, 3).images();

        // When
        try (var opened = open(architecture, state, 1);
                var loaded = open(architecture, 2)) {
            loaded.load(state);

            // Then
            assertThat(loaded.logits(images, 9)).isEqualTo(opened.logits(images, 9));
        }
    }

    @Test
    default void a_state_that_does_not_fit_is_refused_and_the_net_is_unchanged() {
        // Given
        var architecture = Fixtures.norm();
        var state = Fixtures.state(architecture, 1);
        var missing = new LinkedHashMap<>(Fixtures.state(architecture, 9).asMap());
        missing.remove("3.bias");

        // When
        try (var net = open(architecture, state, 1)) {

            // Then
            refuses(() -> net.load(NamedTensors.of(missing)), "3.bias");
            refuses(() -> net.load(Fixtures.with(state, "odd", Fixtures.tensor(List.of(1), 1))), "odd");
            refuses(() -> net.load(Fixtures.with(state, "0.bias", Fixtures.tensor(List.of(1), 1))), "0.bias");
            refuses(() -> net.load(Fixtures.with(state, "8.weight", 3, Float.NaN)), "8.weight");
            refuses(() -> net.load(Fixtures.with(state, "4.running_var", 0, -1)), "4.running_var");
            refuses(() -> open(architecture, NamedTensors.empty(), 1), "0.weight");
            assertThat(net.state()).isEqualTo(state);
        }
    }

    @Test
    default void an_optimizer_state_that_does_not_fit_is_refused_and_the_old_one_is_kept() {
        // Given
        var architecture = Fixtures.norm();
        try (var net = open(architecture, 1)) {
            net.trainStep(Fixtures.batch(architecture, 4, 2), Fixtures.step(TrainingMethod.NATURAL, Fixtures.PGD, 0.1));
            var memory = net.optimizerState();
            var foreign = new LinkedHashMap<>(memory.asMap());
            foreign.put("momentum_buffer.odd", new Floats(List.of(1), new float[1]));

            // When
            refuses(() -> net.loadOptimizer(NamedTensors.of(foreign)), "odd");

            // Then
            assertThat(net.optimizerState()).isEqualTo(memory);
            assertThat(memory.names()).contains("momentum_buffer.0.weight", "momentum_buffer.1.bias");
        }
    }

    @ParameterizedTest
    @MethodSource("dev.frl.engine.contract.GradientContract#netsAndMethods")
    default void training_goes_on_from_a_saved_state_to_the_bit(Architecture architecture, TrainingMethod method) {
        // Given
        var step = Fixtures.step(method, Fixtures.PGD_KL, 0.05);
        try (var net = open(architecture, 1);
                var resumed = open(architecture, 2)) {
            for (int i = 0; i < 3; i++) {
                net.trainStep(Fixtures.batch(architecture, 6, i), step);
            }

            // When
            resumed.load(net.state());
            resumed.loadOptimizer(net.optimizerState());
            for (int i = 3; i < 6; i++) {
                net.trainStep(Fixtures.batch(architecture, 6, i), step);
                resumed.trainStep(Fixtures.batch(architecture, 6, i), step);
            }

            // Then
            assertThat(resumed.state()).isEqualTo(net.state());
            assertThat(resumed.optimizerState()).isEqualTo(net.optimizerState());
        }
    }

    @Test
    default void a_fresh_optimizer_has_no_state_and_an_empty_state_makes_it_fresh_again() {
        // Given
        var architecture = Fixtures.plain();
        var state = Fixtures.state(architecture, 1);
        var batch = Fixtures.batch(architecture, 4, 2);
        var step = Fixtures.step(TrainingMethod.NATURAL, Fixtures.PGD, 0.1);
        try (var net = open(architecture, state, 1)) {
            assertThat(net.optimizerState().isEmpty()).isTrue();
            net.trainStep(batch, step);
            var afterOne = net.state();

            // When
            net.load(state);
            net.loadOptimizer(NamedTensors.empty());
            net.trainStep(batch, step);

            // Then
            assertThat(net.state()).isEqualTo(afterOne);
        }
    }

    @Test
    default void a_copied_state_does_not_change_when_training_goes_on() {
        // Given
        var architecture = Fixtures.norm();
        var state = Fixtures.state(architecture, 1);
        try (var net = open(architecture, state, 1)) {
            var readOut = net.state();

            // When
            net.trainStep(
                    Fixtures.batch(architecture, 4, 2), Fixtures.step(TrainingMethod.TRADES, Fixtures.PGD_KL, 0.1));

            // Then
            assertThat(readOut).isEqualTo(state).isEqualTo(Fixtures.state(architecture, 1));
            assertThat(net.state()).isNotEqualTo(state);
        }
    }

    private static void refuses(Runnable action, String named) {
        assertThatThrownBy(action::run)
                .isInstanceOf(StateMismatchException.class)
                .hasMessageContaining(named);
    }
}
