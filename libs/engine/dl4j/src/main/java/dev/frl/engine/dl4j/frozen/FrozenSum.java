package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.MapLoops;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;

/**
 * Sum of a residual layer's two branches, with the ReLU after it. The backward pass only applies the mask, because all three
 * maps share one gradient.
 */
final class FrozenSum implements FrozenLayer {
    private final FrozenPlan.Step step;
    private final int map;
    private final int size;

    /** @param map number of the map that it writes */
    FrozenSum(FrozenPlan plan, int map) {
        this.step = plan.steps().get(map - 1);
        this.map = map;
        this.size = plan.shapes().get(map).size();
    }

    @Override
    public void refresh(Parameters parameters) {}

    @Override
    public void addForward(PassMaps maps, OpSequence forward) {
        var loops = new MapLoops(1);
        var x = NativeFloats.buffer(maps.value(step.in));
        var y = NativeFloats.buffer(maps.value(step.other));
        var sum = NativeFloats.buffer(maps.value(map));
        int values = maps.count() * size;
        float floor = step.relu ? 0 : Float.NEGATIVE_INFINITY;
        forward.add(() -> loops.sum(x, y, floor, sum, values));
    }

    @Override
    public void addBackward(PassMaps maps, OpSequence backward) {
        if (step.relu) {
            var loops = new MapLoops(1);
            var mask = NativeFloats.buffer(maps.value(map));
            var masked = NativeFloats.buffer(maps.gradient(map));
            int values = maps.count() * size;
            backward.add(() -> loops.mask(masked, mask, values));
        }
    }

    @Override
    public void close() {}
}
