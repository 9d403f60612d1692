package dev.frl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class ForeignWeightsTest {
    private static final Architecture PRE_ACT = Architectures.narrowed(16, "preactresnet18", 3, 32, 32, 10);
    private static final Architecture WIDE = Architectures.narrowed(16, "wrn28-2", 3, 32, 32, 10);

    private final Map<String, Tensor> foreign =
            new LinkedHashMap<>(PRE_ACT.initialState(1).asMap());
    private final Map<String, Tensor> wide =
            new LinkedHashMap<>(WIDE.initialState(1).asMap());

    @Test
    void a_state_dict_that_fits_is_taken_as_it_is_in_the_architectures_order() {
        // Given: by name, as safetensors files have them
        var sorted = new java.util.TreeMap<>(foreign);

        // When
        var weights = ForeignWeights.fitted(NamedTensors.of(sorted), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.tensors().names())
                .containsExactlyElementsOf(PRE_ACT.shapes().keySet());
        assertThat(weights.changes()).isEmpty();
    }

    @Test
    void the_prefix_of_data_parallel_is_taken_off_and_told() {
        // When
        var weights = ForeignWeights.fitted(renamed(foreign, name -> "module." + name), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.changes()).containsExactly("the prefix module. of every name is removed");
    }

    @Test
    void a_prefix_of_some_names_only_is_not_understood() {
        // Given
        foreign.put("module.linear.bias", foreign.get("linear.bias"));
        foreign.remove("linear.bias");

        // Then
        assertThat(problems(foreign, PRE_ACT))
                .containsExactly(
                        "tensor linear.bias of shape [10] is missing",
                        "tensor module.linear.bias is not part of preactresnet18");
    }

    @Test
    void counts_that_old_pytorch_did_not_keep_are_0_and_told() {
        // Given
        foreign.keySet().removeIf(name -> name.endsWith(".num_batches_tracked"));

        // When
        var weights = ForeignWeights.fitted(NamedTensors.of(foreign), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.changes()).hasSize(1).first().asString().startsWith("16 tensors num_batches_tracked");
    }

    @Test
    void the_block_that_trades_does_not_use_is_dropped_and_told() {
        // Given
        WIDE.initialState(2).asMap().forEach((name, tensor) -> {
            if (name.startsWith("block1.")) {
                wide.put("sub_" + name, tensor);
            }
        });

        // When
        var weights = ForeignWeights.fitted(NamedTensors.of(wide), WIDE);

        // Then
        assertThat(weights.tensors()).isEqualTo(WIDE.initialState(1));
        assertThat(weights.changes()).hasSize(1).first().asString().contains("tensors of sub_block1 are dropped");
    }

    @Test
    void second_names_are_dropped_if_the_numbers_are_the_same() {
        // Given: as the code of Xu et al. saves them
        wide.put("layer_one.weight", wide.get("conv1.weight"));
        wide.put("other_layers.2.layer.0.bn1.bias", wide.get("block2.layer.0.bn1.bias"));
        wide.put("other_layers.4.weight", wide.get("bn1.weight"));
        wide.put("other_layers.5.bias", wide.get("fc.bias"));

        // When
        var weights = ForeignWeights.fitted(NamedTensors.of(wide), WIDE);

        // Then
        assertThat(weights.tensors()).isEqualTo(WIDE.initialState(1));
        assertThat(weights.changes())
                .hasSize(1)
                .first()
                .asString()
                .startsWith("4 tensors layer_one.* and other_layers.*");
    }

    @Test
    void a_second_name_of_other_numbers_is_a_problem() {
        // Given
        wide.put("other_layers.5.bias", new Floats(List.of(10), new float[10]));

        // Then
        assertThat(problems(wide, WIDE))
                .containsExactly(
                        "tensor other_layers.5.bias should be a second name of fc.bias, but their values differ");
    }

    @Test
    void only_wide_nets_have_tensors_that_are_dropped() {
        // Given
        foreign.put("sub_block1.layer.0.bn1.bias", new Floats(List.of(4), new float[4]));

        // Then
        assertThat(problems(foreign, PRE_ACT))
                .containsExactly("tensor sub_block1.layer.0.bn1.bias is not part of preactresnet18");
    }

    @Test
    void normalisation_inside_the_net_is_refused_with_the_reason() {
        // Given: shapes as they are usual
        foreign.put("normalize.mean", new Floats(List.of(3, 1, 1), new float[3]));
        foreign.put("std", new Floats(List.of(1, 3, 1, 1), new float[3]));

        // Then
        assertThat(problems(foreign, PRE_ACT))
                .hasSize(2)
                .allMatch(problem -> problem.contains("nets here take pixels in [0, 1] unchanged"))
                .anyMatch(problem -> problem.startsWith("tensor normalize.mean "))
                .anyMatch(problem -> problem.startsWith("tensor std "));
    }

    @Test
    void everything_that_does_not_fit_is_told_at_once() {
        // Given
        var values = new float[10];
        values[3] = Float.NaN;
        foreign.put("linear.bias", new Floats(List.of(10), values));
        foreign.put("linear.weight", new Floats(List.of(10), new float[10]));
        foreign.remove("conv1.weight");
        foreign.put("conv1.bias", new Floats(List.of(4), new float[4]));

        // Then
        assertThat(problems(foreign, PRE_ACT))
                .containsExactlyInAnyOrder(
                        "tensor conv1.weight of shape [4, 3, 3, 3] is missing",
                        "tensor linear.weight has shape [10], preactresnet18 needs [10, 32]",
                        "tensor linear.bias holds NaN at position 3",
                        "tensor conv1.bias is not part of preactresnet18");
    }

    private static List<String> problems(Map<String, Tensor> tensors, Architecture architecture) {
        return catchThrowableOfType(
                        StateMismatchException.class,
                        () -> ForeignWeights.fitted(NamedTensors.of(tensors), architecture))
                .problems();
    }

    private static NamedTensors renamed(Map<String, Tensor> tensors, UnaryOperator<String> name) {
        var renamed = new LinkedHashMap<String, Tensor>();
        tensors.forEach((key, tensor) -> renamed.put(name.apply(key), tensor));
        return NamedTensors.of(renamed);
    }
}
