package dev.frl.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.engine.kit.machine.Gpu;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GpuTest {
    @Test
    void the_first_gpu_is_used() {
        var gpu = Gpu.first(() -> List.of("NVIDIA A10, 8.6", "NVIDIA H200, 9.0"));

        assertThat(gpu).isEqualTo(new Gpu("NVIDIA A10", 8, 6)).hasToString("NVIDIA A10, compute capability 8.6");
        assertThat(gpu.isAtLeast(8, 6)).isTrue();
        assertThat(gpu.isAtLeast(8, 9)).isFalse();
        assertThat(gpu.isAtLeast(7, 9)).isTrue();
        assertThat(gpu.isAtLeast(9, 0)).isFalse();
    }

    @Test
    void without_a_driver_one_line_says_so_and_what_to_do() {
        Gpu.Driver none = () -> {
            throw new IOException("Cannot run program \"nvidia-smi\"");
        };

        assertThatThrownBy(() -> Gpu.first(none))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("this build computes on a GPU, but NVIDIA's driver does not answer"
                        + " (Cannot run program \"nvidia-smi\"): install it, give the container a GPU (docker run --gpus 1; in a"
                        + " pod, the limit nvidia.com/gpu: 1), or take the build or image for the processor");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "No devices were found",
                "NVIDIA-SMI has failed because it couldn't communicate with the driver.",
                ""
            })
    void a_driver_that_names_no_gpu_is_quoted(String line) {
        assertThatThrownBy(() -> Gpu.first(() -> line.lines().toList()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("names none (it says: %s)", line.isEmpty() ? "nothing" : line)
                .hasMessageContaining("give the container a GPU");
    }
}
