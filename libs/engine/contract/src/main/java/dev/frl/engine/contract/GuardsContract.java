package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.settings.TrainingMethod;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Calls that a net refuses with any weights. */
interface GuardsContract extends EngineUnderTest {
    @Test
    default void images_of_another_size_are_an_error_that_gives_both_sizes() {
        // Given
        var architecture = Fixtures.plain();
        var whole = Fixtures.samples(architecture, 3, 0.1, 1);
        var images = Arrays.copyOf(whole.images(), 3 * 63);
        var samples = new Samples(images, whole.labels(), whole.radius(), whole.seeds());
        var batch = new TrainBatch(samples, new float[] {1, 1, 1}, new float[] {1, 1, 1});
        var step = Fixtures.step(TrainingMethod.NATURAL, Fixtures.PGD, 0.1);

        // When
        try (var net = open(architecture, 1)) {

            // Then
            for (ThrowingCallable call : List.<ThrowingCallable>of(
                    () -> net.logits(images, 3),
                    () -> net.attack(samples, Fixtures.PGD),
                    () -> net.evaluate(samples, Fixtures.PGD),
                    () -> net.trainStep(batch, step))) {
                assertThatThrownBy(call)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContainingAll("3 images", "192", "189");
            }
        }
    }

    @Test
    default void a_closed_net_refuses_every_call_but_another_close() {
        // Given
        var architecture = Fixtures.plain();
        var state = Fixtures.state(architecture, 1);
        var batch = Fixtures.batch(architecture, 3, 1);
        var samples = batch.samples();
        var step = Fixtures.step(TrainingMethod.NATURAL, Fixtures.PGD, 0.1);
        var net = open(architecture, state, 1);
        net.trainStep(batch, step);
        var momentum = net.optimizerState();

        // When
        net.close();
        net.close();

        // Then
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                net::state,
                net::optimizerState,
                () -> net.load(state),
                () -> net.loadOptimizer(momentum),
                () -> net.logits(samples.images(), 3),
                () -> net.attack(samples, Fixtures.PGD),
                () -> net.evaluate(samples, Fixtures.PGD),
                () -> net.trainStep(batch, step))) {
            assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
        }
    }
}
