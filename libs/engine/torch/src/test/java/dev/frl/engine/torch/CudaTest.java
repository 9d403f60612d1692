package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CudaTest {
    /** The POM sets the property to the classifier of libtorch's natives. */
    @Test
    void only_the_build_for_cuda_computes_on_a_gpu() {
        assertThat(Cuda.isOnTheClassPath())
                .isEqualTo(System.getProperty("frl.test.torch", "").endsWith("-gpu"));
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

    @Test
    void a_missing_library_of_cuda_is_named_with_what_to_do() {
        var missing = new UnsatisfiedLinkError("libcudnn.so.9: cannot open shared object file");

        assertThatThrownBy(() -> Cuda.requireLibraries(() -> {
                    throw (UnsatisfiedLinkError) new UnsatisfiedLinkError("no jnitorch").initCause(missing);
                }))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("(libcudnn.so.9: cannot open shared object file)")
                .hasMessageEndingWith("LD_LIBRARY_PATH")
                .message()
                .doesNotContain("\n");
    }
}
