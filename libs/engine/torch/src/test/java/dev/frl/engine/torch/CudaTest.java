package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CudaTest {
    @Test
    void the_default_build_computes_on_the_processor() {
        assertThat(Cuda.isOnTheClassPath()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Tesla T4, 7.5", "NVIDIA H100 80GB HBM3, 9.0", "NVIDIA B200, 10.0"})
    void gpus_from_turing_on_are_taken(String line) {
        assertThat(Cuda.require(() -> List.of(line))).asString().isEqualTo(line.replace(",", ", compute capability"));
    }

    @Test
    void older_ones_are_refused_with_the_reason_and_what_to_do() {
        assertThatThrownBy(() -> Cuda.require(() -> List.of("Tesla V100-SXM2-16GB, 7.0")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("Tesla V100-SXM2-16GB, compute capability 7.0 is too old for libtorch")
                .hasMessageEndingWith("--engine dl4j");
    }
}
