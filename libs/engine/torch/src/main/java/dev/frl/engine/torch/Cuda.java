package dev.frl.engine.torch;

import dev.frl.engine.kit.machine.Gpu;
import java.util.Locale;

/** libtorch's build for CUDA, which the Maven profile {@code cuda} puts on the class path. */
final class Cuda {
    private static final String RUNTIME = "org/bytedeco/cuda/global/cudart.class";

    private Cuda() {}

    static boolean isOnTheClassPath() {
        return Cuda.class.getClassLoader().getResource(RUNTIME) != null;
    }

    /**
     * Checks the GPU before libtorch loads.
     *
     * @throws IllegalArgumentException if there is no GPU that CUDA 13 supports; the message says why, and what to do
     */
    static Gpu require(Gpu.Driver driver) {
        var gpu = Gpu.first(driver);
        if (!gpu.isAtLeast(7, 5)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s is too old for libtorch 2.10: CUDA 13 has no code for less than 7.5. Build with -Pcuda-dl4j and take"
                            + " --engine dl4j",
                    gpu));
        }
        return gpu;
    }

    /**
     * Loads libtorch, whose build for CUDA needs libraries that Maven Central does not have.
     *
     * @throws IllegalArgumentException if one of them is missing; the message names it and says what to do
     */
    static void requireLibraries(Runnable load) {
        try {
            load.run();
        } catch (LinkageError e) {
            Throwable cause = e;
            while (cause.getCause() != null) {
                cause = cause.getCause();
            }
            throw new IllegalArgumentException(
                    String.format(
                            Locale.ROOT,
                            "libtorch's build for CUDA does not load (%s): install CUDA 13, cuDNN 9 and NCCL 2, and name the folders of"
                                    + " their libraries in LD_LIBRARY_PATH",
                            cause.getMessage()),
                    e);
        }
    }
}
