package dev.frl.engine.contract;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.Residual;
import dev.frl.engine.Engine;
import dev.frl.engine.NamedTensors;
import dev.frl.engine.RobustNet;

/** What a part of the suite is given. */
public interface EngineUnderTest {
    Engine engine();

    /** Whether tests of residual nets run; the others do in any case. */
    default boolean runsResidualNets() {
        return true;
    }

    /** A net on one thread, with weights and running statistics drawn from {@code seed}. */
    default RobustNet open(Architecture architecture, long seed) {
        return open(architecture, Fixtures.state(architecture, seed), 1);
    }

    default RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        boolean residual = architecture.layers().stream().anyMatch(Residual.class::isInstance);
        assumeTrue(!residual || runsResidualNets(), () -> engine().name() + " does not run residual nets yet");
        return engine().open(architecture, state, threads);
    }
}
