package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.net.Architectures;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResidualNetsTest {
    /** golden/make_golden.py writes the files. */
    @ParameterizedTest
    @ValueSource(strings = {"preactresnet18", "resnet18", "wrn28-2", "wrn28-10"})
    void tensors_have_the_names_the_shapes_and_the_order_of_the_published_code(String name) throws IOException {
        try (var file = ResidualNetsTest.class.getResourceAsStream(name + "-tensors.txt")) {
            // Given
            var published = new String(file.readAllBytes(), StandardCharsets.UTF_8).lines();

            // When
            var shapes = Architectures.named(name, 3, 32, 32, 10).shapes();

            // Then
            assertThat(shapes.entrySet().stream().map(tensor -> tensor.getKey() + " " + tensor.getValue()))
                    .containsExactlyElementsOf(published.toList());
        }
    }
}
