package dev.frl.engine.torch;

import dev.frl.engine.Architecture;
import dev.frl.engine.Engine;
import dev.frl.engine.NamedTensors;
import dev.frl.engine.RobustNet;

/** libtorch on the CPU. */
public final class TorchEngine implements Engine {
    @Override
    public String name() {
        return "torch";
    }

    @Override
    public String description() {
        return Natives.description();
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        architecture.requireFits(state);
        return new TorchNet(architecture, state, threads);
    }
}
