package dev.frl.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.reference.ReferenceEngine;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class FixturesTest {
    static Stream<Architecture> netsWithBatchNorm() {
        return Stream.of(Fixtures.norm(), Fixtures.preAct(), Fixtures.postAct());
    }

    /** Without a slope an attack does not move, and an error in an engine's steps would have no effect. */
    @ParameterizedTest
    @MethodSource("netsWithBatchNorm")
    void tiny_nets_have_a_slope_at_every_image_for_every_seed(Architecture architecture) {
        for (int seed = 0; seed < 30; seed++) {
            // Given
            int count = 40;
            var samples = Fixtures.samples(architecture, count, Fixtures.FGSM_L2, 100 + seed);

            // When
            try (var net = new ReferenceEngine().open(architecture, Fixtures.state(architecture, seed), 1)) {
                var moved = net.attack(samples, Fixtures.FGSM_L2);

                // Then
                int pixels = architecture.pixels();
                for (int i = 0; i < count; i++) {
                    assertThat(IntStream.range(i * pixels, (i + 1) * pixels)
                                    .anyMatch(p -> moved[p] != samples.images()[p]))
                            .as("seed %d, image %d", seed, i)
                            .isTrue();
                }
            }
        }
    }
}
