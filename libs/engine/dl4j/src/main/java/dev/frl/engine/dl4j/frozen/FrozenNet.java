package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The net in evaluation mode, for attacks. Batch norm is folded into the convolution before it, if there is one, and the only
 * gradient is that with respect to the input. Passes on several threads share the weights.
 */
public final class FrozenNet implements AutoCloseable {
    final Architecture architecture;
    final FrozenPlan plan;

    /** Layer i writes map i + 1. */
    final List<FrozenLayer> layers = new ArrayList<>();

    /** Null if the gradient with respect to the images is a plain map and not in blocks. */
    final @Nullable InputGradient inputGradient;

    public FrozenNet(Architecture architecture) {
        this.architecture = architecture;
        this.plan = new FrozenPlan(architecture);
        for (int map = 1; map <= plan.steps().size(); map++) {
            layers.add(layer(map));
        }
        this.inputGradient =
                layers.get(0) instanceof FrozenConvolution first && first.inBlocks() ? first.inputGradient : null;
    }

    private FrozenLayer layer(int map) {
        var layer = plan.steps().get(map - 1).layer;
        if (layer == null) {
            return new FrozenSum(plan, map);
        }
        return layer instanceof BatchNorm ? new FrozenBatchNorm(plan, map) : new FrozenConvolution(plan, map);
    }

    /** Copies new weights. */
    public void refresh(Parameters parameters) {
        layers.forEach(layer -> layer.refresh(parameters));
    }

    @Override
    public void close() {
        layers.forEach(FrozenLayer::close);
    }
}
