package dev.frl.engine.reference;

import dev.frl.engine.Engine;
import dev.frl.engine.contract.RobustNetContract;

final class ReferenceEngineTest extends RobustNetContract {
    @Override
    public Engine engine() {
        return Engine.named("reference");
    }
}
