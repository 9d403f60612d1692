package dev.frl.engine.torch;

import dev.frl.engine.Architecture;
import dev.frl.engine.Engine;
import dev.frl.engine.NamedTensors;
import dev.frl.engine.RobustNet;
import org.jspecify.annotations.Nullable;

/** libtorch on the CPU. */
public final class TorchEngine implements Engine {
    private final @Nullable String precision;

    /** With what the environment asks for. */
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
        return Natives.description() + ", attacks in " + precision().label();
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        architecture.requireFits(state);
        return new TorchNet(architecture, state, threads, precision());
    }

    private Precision precision() {
        return Precision.of(precision, Natives.processorFlags());
    }
}
