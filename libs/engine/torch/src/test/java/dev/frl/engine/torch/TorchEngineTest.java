package dev.frl.engine.torch;

import dev.frl.engine.Engine;
import dev.frl.engine.contract.RobustNetContract;

final class TorchEngineTest extends RobustNetContract {
    @Override
    public Engine engine() {
        return Engine.named("torch");
    }
}
