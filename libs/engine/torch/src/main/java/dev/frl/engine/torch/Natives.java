package dev.frl.engine.torch;

import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import java.io.IOException;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** libtorch and the libraries it stands on. */
final class Natives {
    private static final boolean GPU = Cuda.isOnTheClassPath();

    static {
        Loader.load(torch.class);
        // OpenBLAS keeps one pool for the whole process, which would fight the workers for the processors.
        Loader.load(openblas_nolapack.class);
        openblas_nolapack.blas_set_num_threads(1);
        // The same bits each time, and float32 where float32 is said.
        torch.globalContext().setDeterministicCuDNN(true);
        torch.globalContext().setAllowTF32CuDNN(false);
        keepOperationsOnThisThread();
    }

    private Natives() {}

    /** OpenMP's thread count belongs to the thread that sets it, so each thread that works must have been here. */
    static void keepOperationsOnThisThread() {
        torch.set_num_threads(1);
    }

    /** Version, processor, instruction set. One line. */
    public static String description() {
        if (GPU) {
            return "libtorch %s on %s".formatted(version(), Gpu.first(Gpu::ask));
        }
        return "libtorch %s on CPU (%s, %d processors), %s"
                .formatted(
                        version(),
                        Processor.name(),
                        Runtime.getRuntime().availableProcessors(),
                        torch.get_cpu_capability().getString());
    }

    /** Of libtorch and, behind it, of the classes that call it: {@code 2.10.0-1.5.13}. */
    private static String version() {
        try {
            return Loader.getVersion("org.bytedeco", "pytorch");
        } catch (IOException e) {
            return "of unknown version"; // a class path that lost what Maven writes into jars
        }
    }

    /** Whether this build of libtorch computes on a processor, and that one has AVX-512. */
    static boolean isOnAvx512() {
        return !GPU && torch.get_cpu_capability().getString().startsWith("AVX512");
    }

    /** Where this build of libtorch computes: on the GPU, or where the tensor is. */
    static Tensor onDevice(Tensor tensor) {
        return GPU ? tensor.cuda() : tensor;
    }
}
