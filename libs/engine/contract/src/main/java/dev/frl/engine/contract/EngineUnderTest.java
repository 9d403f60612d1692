package dev.frl.engine.contract;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;

/** The engine that a part of the suite tests. */
public interface EngineUnderTest {
    Engine engine();

    /** A net on one thread, with weights and running statistics drawn from {@code seed}. */
    default RobustNet open(Architecture architecture, long seed) {
        return open(architecture, Fixtures.state(architecture, seed), 1);
    }

    default RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        return engine().open(architecture, state, threads);
    }
}
