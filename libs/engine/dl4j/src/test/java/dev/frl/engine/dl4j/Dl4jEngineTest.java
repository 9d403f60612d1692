package dev.frl.engine.dl4j;

import dev.frl.engine.Engine;
import dev.frl.engine.contract.RobustNetContract;

final class Dl4jEngineTest extends RobustNetContract {
    @Override
    public Engine engine() {
        return Engine.named("dl4j");
    }
}
