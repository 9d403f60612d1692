package dev.frl.engine.dl4j;

import dev.frl.engine.Architecture;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The net in evaluation mode, for attacks: a row of convolutions with ReLUs between them. Batch norm is folded into the
 * convolutions, and there is no gradient but the input's. Passes of several threads share the weights.
 */
final class FrozenNet implements AutoCloseable {
    final Architecture architecture;
    final List<Stage> stages = new ArrayList<>();

    /** Null where no block form covers the image: then the first stage goes back like the others. */
    final @Nullable InputGradient inputGradient;

    private final List<StagePlan> plans;

    FrozenNet(Architecture architecture) {
        this.architecture = architecture;
        this.plans = StagePlan.of(architecture);
        plans.forEach(plan -> stages.add(plan.stage()));
        this.inputGradient = InputGradient.of(stages.get(0));
    }

    /** Takes over new weights. */
    void refresh(Parameters parameters) {
        for (int i = 0; i < stages.size(); i++) {
            var stage = stages.get(i);
            var kernel = new float[stage.weights()];
            var bias = new float[stage.out.channels()];
            plans.get(i).fold(parameters, kernel, bias);
            NativeFloats.write(kernel, kernel.length, stage.weight);
            NativeFloats.write(bias, bias.length, stage.bias);
            if (i == 0 && inputGradient != null) {
                inputGradient.refresh(kernel);
            }
        }
    }

    @Override
    public void close() {
        stages.forEach(Stage::close);
        if (inputGradient != null) {
            inputGradient.close();
        }
    }
}
