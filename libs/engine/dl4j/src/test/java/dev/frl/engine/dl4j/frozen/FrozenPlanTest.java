package dev.frl.engine.dl4j.frozen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.Architectures;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrozenPlanTest {
    /** A batch norm after a convolution is folded into it; one after a sum, or first in a branch, stays. */
    @ParameterizedTest
    @CsvSource({"cnn-bn, 4, 0, 0", "preactresnet18, 20, 8, 8", "resnet18, 20, 0, 8", "wrn28-2, 28, 12, 12"})
    void only_batch_norms_without_a_convolution_before_them_stay(String name, int convolutions, int norms, int sums) {
        // When
        var steps = new FrozenPlan(Architectures.named(name, 3, 32, 32, 10)).steps();

        // Then
        assertThat(steps).filteredOn(step -> step.layer instanceof Convolution).hasSize(convolutions);
        assertThat(steps).filteredOn(step -> step.layer instanceof BatchNorm).hasSize(norms);
        assertThat(steps).filteredOn(step -> step.layer == null).hasSize(sums);
        assertThat(steps).hasSize(convolutions + norms + sums + 1);
    }

    /** A sum, its branches and the map before them share one gradient, so no branch may have a mask of its own. */
    @Test
    void branches_that_end_in_a_relu_are_refused() {
        assertRefused(new Residual(List.of(convolution("1"), new Relu()), List.of()));
        assertRefused(new Residual(List.of(convolution("1")), List.of(convolution("2"), new Relu())));
    }

    @Test
    void a_residual_layer_first_in_a_branch_is_refused() {
        assertRefused(new Residual(List.of(new Residual(List.of(convolution("1")), List.of())), List.of()));
    }

    private static void assertRefused(Layer layer) {
        var architecture = new Architecture(
                "odd", 2, 4, 4, 3, List.of(convolution("0"), layer, new Flatten(), new Linear("9", 32, 3)));
        assertThatThrownBy(() -> new FrozenPlan(architecture))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("odd")
                .hasMessageContaining("Residual");
    }

    private static Convolution convolution(String key) {
        return new Convolution(key, 2, 2, 3, 1, 1);
    }
}
