package dev.frl.engine.dl4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.engine.Engine;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Natives;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.kit.threads.AllReduce.Rank;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import java.util.Arrays;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingGraphTest {
    /** By default DL4J runs without oneDNN, 6 to 26 times slower, and without a warning. */
    @ParameterizedTest
    @ValueSource(strings = {"cnn-small", "cnn-bn"})
    void the_convolution_layers_of_training_use_onednn(String name) {
        // Given
        assertThat(Engine.named("dl4j").description()).contains("1.0.0-M2.1", "oneDNN helpers on");
        var architecture = Architectures.named(name, 1, 28, 28, 10);
        long convolutions = architecture.layers().stream()
                .filter(Architecture.Convolution.class::isInstance)
                .count();

        // When
        var graph =
                new TrainingGraph(architecture, NativeFloats.zeros(1, new Parameters(architecture).values().length));

        // Then
        var layers = Arrays.stream(graph.getLayers())
                .filter(ConvolutionLayer.class::isInstance)
                .toList();
        assertThat(layers)
                .hasSize(Math.toIntExact(convolutions))
                .allSatisfy(layer -> assertThat(layer.getHelper()).isInstanceOf(MKLDNNConvHelper.class));
        graph.close();
    }

    @Test
    void after_a_pass_that_another_part_of_the_batch_aborted_the_next_pass_is_unchanged() {
        // Given
        Natives.prepare();
        var architecture = Architectures.narrowed(1, "cnn-bn", 1, 12, 12, 10);
        var images = new float[3 * architecture.pixels()];
        for (int p = 0; p < images.length; p++) {
            images[p] = (p % 7) / 7f;
        }
        var gradient = new float[3 * architecture.classes()];
        gradient[4] = 1;
        Rank aborted = own -> {
            throw new IllegalStateException("aborted");
        };
        var parameters = NativeFloats.zeros(1, new Parameters(architecture).values().length);
        parameters.assign(0.1);
        var graph = new TrainingGraph(architecture, parameters);
        var logits = graph.forward(images, 3, Rank.ALONE);
        var before = graph.backward(gradient, Rank.ALONE).dup();

        // When
        assertThatThrownBy(() -> graph.forward(images, 3, aborted)).hasMessage("aborted");
        graph.release();
        graph.forward(images, 3, Rank.ALONE);
        assertThatThrownBy(() -> graph.backward(gradient, aborted)).hasMessage("aborted");
        var again = graph.forward(images, 3, Rank.ALONE);

        // Then
        assertThat(again).containsExactly(logits);
        assertThat(graph.backward(gradient, Rank.ALONE)).isEqualTo(before);
        graph.close();
        parameters.close();
    }
}
