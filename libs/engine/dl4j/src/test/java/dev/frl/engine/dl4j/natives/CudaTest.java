package dev.frl.engine.dl4j.natives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CudaTest {
    @Test
    void the_default_build_computes_on_the_processor() {
        assertThat(Cuda.isOnTheClassPath()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Tesla V100-SXM2-16GB, 7.0", "NVIDIA A100-SXM4-80GB, 8.0", "NVIDIA GeForce RTX 4090, 8.9"})
    void gpus_up_to_ada_are_taken(String line) {
        assertThat(Cuda.require(() -> List.of(line))).asString().isEqualTo(line.replace(",", ", compute capability"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NVIDIA H100 80GB HBM3, 9.0", "NVIDIA B200, 10.0", "NVIDIA GeForce RTX 5090, 12.0"})
    void hopper_and_newer_are_refused_with_the_reason_and_what_to_do(String line) {
        assertThatThrownBy(() -> Cuda.require(() -> List.of(line)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(line.replace(",", ", compute capability") + " is too new for DeepLearning4J")
                .hasMessageContaining("no code for 9.0")
                .hasMessageEndingWith("--engine torch")
                .message()
                .doesNotContain("\n");
    }
}
