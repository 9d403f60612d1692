package dev.frl.engine.dl4j;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.dl4j.natives.Natives;
import dev.frl.engine.kit.CheckedNet;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;

/** DeepLearning4J and ND4J: on the CPU with oneDNN, or on a GPU with the build for CUDA. */
public final class Dl4jEngine implements Engine {
    @Override
    public String name() {
        return "dl4j";
    }

    @Override
    public String description() {
        Natives.prepare();
        return Natives.description();
    }

    /** @throws IllegalStateException if DL4J's layers do not use oneDNN, which would make training 6 to 26 times slower */
    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        Natives.prepare();
        Natives.requireHelpers();
        architecture.requireFits(state);
        return new CheckedNet(architecture, new Dl4jNet(architecture, state, threads));
    }
}
