package dev.frl.engine.dl4j.natives;

import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import java.nio.file.Path;
import java.util.Locale;
import org.deeplearning4j.nn.layers.mkldnn.BaseMKLDNNHelper;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.scalar.RectifiedLinear;
import org.nd4j.linalg.api.ops.impl.scalar.Step;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** Settings that ND4J and DL4J need before anything else, and their description. */
public final class Natives {
    /** DL4J's switch for its layer helpers, which call oneDNN; they are off by default. */
    private static final String HELPERS_DISABLED = "org.eclipse.deeplearning4j.helpers.disable";

    private Natives() {}

    /**
     * Call before the first DL4J class loads.
     *
     * @throws IllegalArgumentException if this is the build for CUDA and there is no GPU that it supports
     */
    public static void prepare() {
        if (Cuda.isOnTheClassPath()) {
            Cuda.require(Gpu::ask);
        }
        System.setProperty(HELPERS_DISABLED, "false");
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        // OpenBLAS has one thread pool for the whole process, whose threads spin while they wait: they would compete
        // with the workers.
        Nd4j.factory().blas().setMaxThreads(1);
    }

    /** OpenMP's thread count is a setting of the calling thread, so each thread that calls ND4J must call this first. */
    public static void keepOperationsOnThisThread() {
        NativeOpsHolder.getInstance().getDeviceNativeOps().setOmpNumThreads(1);
    }

    /** Frees the DL4J workspaces of this thread. */
    public static void leaveThisThread() {
        Nd4j.getWorkspaceManager().destroyAllWorkspacesForCurrentThread();
    }

    /** values ← max(0, values). */
    public static void relu(INDArray values) {
        Nd4j.getExecutioner().exec(new RectifiedLinear(values, values));
    }

    /**
     * gradient ← gradient where activation > 0, else 0. Overwrites the activation with the mask, so it cannot be used
     * afterwards. ND4J's relu_bp takes three times as long (1.5 ms on 800,000 values).
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
            throw new IllegalStateException(String.format(
                    Locale.ROOT,
                    "DL4J's oneDNN helpers are off, and training would be 6 to 26 times slower: check that"
                            + " %s is not set, and that the class path has the natives with oneDNN (nd4j.classifier)",
                    HELPERS_DISABLED));
        }
    }

    /** Versions, processor and helpers, in one line. */
    public static String description() {
        if (Cuda.isOnTheClassPath()) {
            return String.format(Locale.ROOT, "DeepLearning4J and ND4J %s on %s", version(), Gpu.first(Gpu::ask));
        }
        return String.format(
                Locale.ROOT,
                "DeepLearning4J and ND4J %s on %s, oneDNN helpers %s",
                version(),
                Processor.description(),
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
