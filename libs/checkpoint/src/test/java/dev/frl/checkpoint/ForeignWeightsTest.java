package dev.frl.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_orig_mod.",
                "module._orig_mod.",
                "_orig_mod.module.",
                "model.",
                "net.",
                "state_dict.model.",
                "module.basic_net.",
                "_forward_module.",
                "_module.",
                "model_ema."
            })
    void the_prefixes_of_wrappers_are_taken_off_and_told(String prefix) {
        // When
        var weights = ForeignWeights.fitted(renamed(foreign, name -> prefix + name), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.changes()).containsExactly("the prefix " + prefix + " of every name is removed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module._orig_mod."})
    void the_names_of_wrapped_layers_are_taken_off_and_told(String wrapper) {
        // When
        var weights = ForeignWeights.fitted(
                renamed(foreign, name -> "module." + name.replaceFirst("^(layer[0-9])[.]", "$1." + wrapper)), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.changes())
                .hasSize(2)
                .last()
                .asString()
                .startsWith("the names _")
                .endsWith(" of wrapped layers are removed");
    }

    /** As RobustBench keeps its nets: {@code model.*} beside {@code mu} and {@code sigma}. */
    @Test
    void a_net_beside_its_normalisation_has_that_problem_only() {
        // Given
        var named = new LinkedHashMap<String, Tensor>();
        foreign.forEach((name, tensor) -> named.put("model." + name, tensor));
        named.put("mu", new Floats(List.of(3, 1, 1), new float[3]));
        named.put("sigma", new Floats(List.of(3, 1, 1), new float[3]));

        // When, Then
        assertThatThrownBy(() -> ForeignWeights.fitted(NamedTensors.of(named), PRE_ACT))
                .isInstanceOfSatisfying(
                        StateMismatchException.class,
                        e -> assertThat(e.problems())
                                .hasSize(2)
                                .allMatch(p -> p.contains(" normalises the images inside the net")));
    }

    /** {@code Sequential(net)}: the layers of the net have such names too. */
    @ParameterizedTest
    @ValueSource(strings = {"0.", "1."})
    void a_number_before_every_name_is_an_unknown_prefix(String prefix) {
        // Given
        var small = Architectures.named("cnn-small", 1, 28, 28, 10);

        // When, Then
        assertThatThrownBy(() ->
                        ForeignWeights.fitted(renamed(small.initialState(1).asMap(), name -> prefix + name), small))
                .isInstanceOfSatisfying(
                        StateMismatchException.class,
                        e -> assertThat(e.problems())
                                .singleElement()
                                .asString()
                                .startsWith("every name begins with " + prefix));
    }

    @Test
    void an_averaged_model_loses_its_prefix_and_its_counter() {
        // Given
        var averaged = new LinkedHashMap<String, Tensor>();
        averaged.put("n_averaged", new Longs(List.of(), new long[] {3}));
        foreign.forEach((name, tensor) -> averaged.put("module." + name, tensor));

        // When
        var weights = ForeignWeights.fitted(NamedTensors.of(averaged), PRE_ACT);

        // Then
        assertThat(weights.tensors()).isEqualTo(PRE_ACT.initialState(1));
        assertThat(weights.changes())
                .containsExactly(
                        "the counter n_averaged of an averaged model is dropped",
                        "the prefix module. of every name is removed");
    }

    @Test
    void an_unknown_prefix_is_named_as_such_and_is_the_only_problem() {
        // Given
        var prefixed = new LinkedHashMap<String, Tensor>();
        foreign.forEach((name, tensor) -> prefixed.put("student." + name, tensor));

        // Then
        assertThat(problems(prefixed, PRE_ACT))
                .containsExactly(
                        "every name begins with student., which is no wrapper that is known here: if the net is"
                                + " only kept there, save {k.removeprefix(\"student.\"): v for k, v in state.items()}");
    }

    @Test
    void of_two_nets_in_one_file_the_one_that_fits_is_named() {
        // Given
        var two = new LinkedHashMap<String, Tensor>();
        foreign.forEach((name, tensor) -> two.put("ema_model." + name, tensor));
        two.put("other.weight", new Floats(List.of(1), new float[1]));

        // Then
        assertThat(problems(two, PRE_ACT))
                .last()
                .asString()
                .startsWith("the tensors that begin with ema_model. would fit: save only {");
    }

    @Test
    void a_layer_that_normalises_is_refused_with_how_to_fold_it_in() {
        // Given
        var wrapped = new LinkedHashMap<String, Tensor>();
        wrapped.put("model.0.mean", new Floats(List.of(1, 3, 1, 1), new float[3]));
        wrapped.put("model.0.std", new Floats(List.of(1, 3, 1, 1), new float[3]));
        foreign.forEach((name, tensor) -> wrapped.put("model.1." + name, tensor));

        // Then
        assertThat(problems(wrapped, PRE_ACT))
                .hasSize(3)
                .allSatisfy(problem -> assertThat(problem).doesNotContain("missing"))
                .anySatisfy(problem -> assertThat(problem)
                        .contains("Fold the std into the first layer, conv1.weight /= std.view(1, -1, 1, 1)"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            weight_orig weight_mask | torch.nn.utils.prune.remove(layer, "weight")
            weight_g weight_v | torch.nn.utils.remove_weight_norm(layer)
            weight_orig weight_u weight_v | torch.nn.utils.remove_spectral_norm(layer)
            parametrizations.weight.original0 parametrizations.weight.original1 | remove_parametrizations(layer, "weight")
            parametrizations.weight.original parametrizations.weight.0._u | remove_parametrizations(layer, "weight")
            """)
    void a_weight_that_a_layer_computes_is_refused_with_what_undoes_it(String instead, String advice) {
        // Given
        var named = new LinkedHashMap<>(foreign);
        var weight = named.remove("conv1.weight");
        for (String name : instead.split(" ")) {
            named.put("conv1." + name, weight);
        }

        // When, Then
        assertThatThrownBy(() -> ForeignWeights.fitted(NamedTensors.of(named), PRE_ACT))
                .isInstanceOfSatisfying(
                        StateMismatchException.class,
                        e -> assertThat(e.problems())
                                .anySatisfy(problem -> assertThat(problem)
                                        .startsWith("tensor conv1." + instead.split(" ")[0].substring(0, 6))
                                        .contains(advice)));
    }

    @Test
    void axes_in_the_order_of_another_library_are_told() {
        // Given
        foreign.computeIfPresent(
                "conv1.weight",
                (name, tensor) -> new Floats(
                        List.of(
                                tensor.shape().get(2),
                                tensor.shape().get(3),
                                tensor.shape().get(1),
                                tensor.shape().get(0)),
                        new float[tensor.size()]));

        // Then
        assertThat(problems(foreign, PRE_ACT))
                .hasSize(2)
                .last()
                .asString()
                .startsWith("1 tensors have the axes in another order, such as conv1.weight: PyTorch's are [out, in,");
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
