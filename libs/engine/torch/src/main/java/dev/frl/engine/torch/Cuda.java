package dev.frl.engine.torch;

import dev.frl.engine.kit.machine.Gpu;

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
            throw new IllegalArgumentException(
                    ("%s is too old for libtorch 2.10: CUDA 13 has no code for less than 7.5. Build with -Pcuda and take"
                                    + " --engine dl4j")
                            .formatted(gpu));
        }
        return gpu;
    }
}
