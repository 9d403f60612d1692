package dev.frl.engine.torch;

import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import java.io.IOException;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Loads and configures libtorch and its libraries. */
final class Natives {
    private static final boolean GPU = Cuda.isOnTheClassPath();

    static {
        Loader.load(torch.class);
        // OpenBLAS has one thread pool for the whole process, which would compete with the workers.
        Loader.load(openblas_nolapack.class);
        openblas_nolapack.blas_set_num_threads(1);
        // Same bits in every run, and true float32 instead of TF32.
        torch.globalContext().setDeterministicCuDNN(true);
        torch.globalContext().setAllowTF32CuDNN(false);
        torch.globalContext().setAllowTF32CuBLAS(false); // an environment variable of NVIDIA's containers allows it
        keepOperationsOnThisThread();
    }

    private Natives() {}

    /** OpenMP's thread count is a setting of the calling thread, so each worker must call this first. */
    static void keepOperationsOnThisThread() {
        torch.set_num_threads(1);
    }

    /** Version, processor and instruction set, in one line. */
    static String description() {
        if (GPU) {
            return String.format(Locale.ROOT, "libtorch %s on %s", version(), Gpu.first(Gpu::ask));
        }
        return String.format(
                Locale.ROOT,
                "libtorch %s on %s, %s",
                version(),
                Processor.description(),
                torch.get_cpu_capability().getString());
    }

    /** Version of libtorch, then of JavaCPP's classes for it: {@code 2.10.0-1.5.13}. */
    private static String version() {
        try {
            return Loader.getVersion("org.bytedeco", "pytorch");
        } catch (IOException e) {
            return "of unknown version"; // a class path without the metadata that Maven writes to jars
        }
    }

    /** Whether this build of libtorch computes on a GPU. */
    static boolean isOnGpu() {
        return GPU;
    }

    /** Whether this build of libtorch computes on the CPU, and the CPU has AVX-512. */
    static boolean isOnAvx512() {
        return !GPU && torch.get_cpu_capability().getString().startsWith("AVX512");
    }

    /** The tensor on the device of this build: moved to the GPU, or unchanged. */
    static Tensor onDevice(Tensor tensor) {
        return GPU ? tensor.cuda() : tensor;
    }
}
