package dev.frl.engine.reference;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;

/** Engine with nets in plain Java loops, on one thread. */
public final class ReferenceEngine implements Engine {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public String description() {
        return "plain Java loops in double precision, 1 thread";
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        var net = new ReferenceNet(architecture);
        net.load(state);
        return net;
    }
}
