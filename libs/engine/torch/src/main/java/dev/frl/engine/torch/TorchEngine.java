package dev.frl.engine.torch;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.kit.CheckedNet;
import dev.frl.engine.kit.machine.Gpu;
import dev.frl.engine.kit.machine.Processor;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** libtorch: on the CPU, or on a GPU with the build for CUDA. */
public final class TorchEngine implements Engine {
    private final @Nullable String precision;

    /** Engine with the precision of the environment variable. */
    public TorchEngine() {
        this(System.getenv(Precision.VARIABLE));
    }

    TorchEngine(@Nullable String precision) {
        this.precision = precision;
    }

    @Override
    public String name() {
        return "torch";
    }

    @Override
    public String description() {
        requireGpu();
        return Natives.description() + ", attacks in " + precision().label();
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        requireGpu();
        architecture.requireFits(state);
        return new CheckedNet(architecture, new TorchNet(architecture, state, threads, precision()));
    }

    /** Call before libtorch loads: the build for CUDA needs a GPU and CUDA's libraries. */
    private static void requireGpu() {
        if (Cuda.isOnTheClassPath()) {
            Cuda.require(Gpu::ask);
            Cuda.requireLibraries(() -> Loader.load(torch.class));
        }
    }

    private Precision precision() {
        return Cuda.isOnTheClassPath()
                ? Precision.of(precision, Gpu.first(Gpu::ask))
                : Precision.of(precision, Processor.flags());
    }
}
