package dev.frl.engine.dl4j.natives;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.Engine;
import dev.frl.engine.dl4j.training.TrainingGraph;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architectures;
import java.util.Arrays;
import org.deeplearning4j.nn.layers.convolution.ConvolutionLayer;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.factory.Nd4j;

class NativesTest {
    /** As shipped, DL4J runs without: 6 to 26 times slower, and nothing says so. */
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

    /** OpenBLAS's own threads would take the processors from the workers: a third of the time of a training step. */
    @Test
    void matrix_products_stay_on_the_thread_that_asks_for_them() {
        // When
        Engine.named("dl4j").description();

        // Then
        assertThat(Nd4j.factory().blas().getMaxThreads()).isEqualTo(1);
    }

    @Test
    void the_description_is_one_line() {
        assertThat(Engine.named("dl4j").description()).doesNotContain("\n").isNotBlank();
    }
}
