package dev.frl.engine.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.engine.Engine;
import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.threads.Workers;
import java.util.List;
import java.util.concurrent.Callable;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

final class NativesTest {
    @Test
    void the_description_is_one_line_and_says_which_libtorch() {
        assertThat(Engine.named("torch").description())
                .startsWith("libtorch 2.10.0-1.5.13 on " + (Natives.isOnGpu() ? Gpu.first(Gpu::ask) : "CPU"))
                .doesNotContain("\n");
    }

    /** Sums over several threads depend on the number of threads. */
    @Test
    void native_operations_stay_on_the_calling_thread() {
        // When
        try (var workers = new Workers("test", 2, Natives::keepOperationsOnThisThread, () -> {})) {
            List<Callable<Integer>> askEach = List.of(torch::get_num_threads, torch::get_num_threads);

            // Then
            assertThat(workers.all(askEach)).containsOnly(1);
            assertThat(openblas_nolapack.blas_get_num_threads()).isEqualTo(1);
        }
    }
}
