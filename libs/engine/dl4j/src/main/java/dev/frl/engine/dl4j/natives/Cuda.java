package dev.frl.engine.dl4j.natives;

import dev.frl.engine.kit.machine.Gpu;
import java.util.Locale;

/** ND4J's build for CUDA, which the Maven profile {@code cuda} puts on the class path. */
final class Cuda {
    private static final String BACKEND = "org/nd4j/linalg/jcublas/JCublasBackend.class";

    private Cuda() {}

    static boolean isOnTheClassPath() {
        return Cuda.class.getClassLoader().getResource(BACKEND) != null;
    }

    /**
     * Checks the GPU before ND4J loads.
     *
     * @throws IllegalArgumentException if there is no GPU that ND4J has machine code for; the message says why, and what to do
     */
    static Gpu require(Gpu.Driver driver) {
        var gpu = Gpu.first(driver);
        if (gpu.isAtLeast(9, 0)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s is too new for DeepLearning4J: its last release is for CUDA 11.6 and has no code for 9.0 and"
                            + " above. Build with -Ptorch,cuda and take --engine torch",
                    gpu));
        }
        return gpu;
    }
}
