package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The net in evaluation mode, for attacks: batch norm is folded into the convolution before it where there is one, and there
 * is no gradient but the input's. Passes of several threads share the weights.
 */
public final class FrozenNet implements AutoCloseable {
    final Architecture architecture;
    final FrozenPlan plan;

    /** Layer i writes map i + 1. */
    final List<FrozenLayer> layers = new ArrayList<>();

    /** Null where no block form covers the image: then its gradient comes as a map like the others. */
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

    /** Takes over new weights. */
    public void refresh(Parameters parameters) {
        layers.forEach(layer -> layer.refresh(parameters));
    }

    @Override
    public void close() {
        layers.forEach(FrozenLayer::close);
    }
}
