package dev.frl.engine.dl4j.natives;

import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import java.nio.file.Path;
import org.deeplearning4j.nn.layers.mkldnn.BaseMKLDNNHelper;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** What must be set in ND4J and DL4J before they do anything, and what they are. */
public final class Natives {
    /** DL4J's own switch; layer helpers, which is what it calls oneDNN, are off as shipped. */
    private static final String HELPERS_DISABLED = "org.eclipse.deeplearning4j.helpers.disable";

    private Natives() {}

    /**
     * Call before the first DL4J class loads.
     *
     * @throws IllegalArgumentException if this is the build for CUDA, and there is no GPU that it can run on
     */
    public static void prepare() {
        if (Cuda.isOnTheClassPath()) {
            Cuda.require(Gpu::ask);
        }
        System.setProperty(HELPERS_DISABLED, "false");
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        // OpenBLAS keeps one pool for the whole process and spins in it: it would fight the workers for the processors.
        Nd4j.factory().blas().setMaxThreads(1);
    }

    /** OpenMP's thread count belongs to the thread that sets it, so each thread that calls ND4J must have been here. */
    public static void keepOperationsOnThisThread() {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    }

    /** DL4J's workspaces belong to threads. */
    public static void leaveThisThread() {
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    }

    /** values ← max(0, values). */
    public static void relu(INDArray values) {
        Nd4j.getExecutioner().exec(new RectifiedLinear(values, values));
    }

    /**
     * gradient ← gradient where activation > 0, else 0. Turns the activation into the mask, so nobody may need it any more:
     * relu_bp takes three times as long (1.5 ms on 800,000 values).
     */
    public static void mask(INDArray gradient, INDArray activation) {
        Nd4j.getExecutioner().exec(new Step(activation, activation, 0.0));
        gradient.muli(activation);
    }

    static boolean helpersOn() {
        return !Boolean.parseBoolean(System.getProperty(HELPERS_DISABLED, "true")) && BaseMKLDNNHelper.mklDnnEnabled();
    }

    public static void requireHelpers() {
        if (!helpersOn() && !Cuda.isOnTheClassPath()) {
            throw new IllegalStateException(
                    ("DL4J's oneDNN helpers are off, and training would be 6 to 26 times slower: check"
                                    + " that nobody sets %s, and that the class path has the natives with oneDNN (nd4j.classifier)")
                            .formatted(HELPERS_DISABLED));
        }
    }

    /** Versions, processor, helpers. One line. */
    public static String description() {
        if (Cuda.isOnTheClassPath()) {
            return "DeepLearning4J and ND4J %s on %s".formatted(version(), Gpu.first(Gpu::ask));
        }
        return "DeepLearning4J and ND4J %s on CPU (%s, %d processors), oneDNN helpers %s"
                .formatted(
                        version(),
                        Processor.name(),
                        Runtime.getRuntime().availableProcessors(),
                        helpersOn() ? "on" : "off");
    }

    private static String version() {
        var jar = Path.of(Nd4j.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .getPath())
                .getFileName()
                .toString();
        return jar.replaceAll("^nd4j-api-|\\.jar$", "");
    }
}
