package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.MapLoops;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.Objects;

/** A batch norm of the frozen net with no convolution before it, with the ReLU after it. */
final class FrozenBatchNorm implements FrozenLayer {
    private final FrozenPlan.Step step;
    private final BatchNorm norm;
    private final int map;
    private final int size;
    private final boolean adds;
    private final float floor;

    /** Values of each channel, repeated as {@link MapLoops} needs them. Not final: passes read the current ones. */
    private float[] mean = {};

    private float[] scale = {};
    private float[] shift = {};

    /** @param map number of the map that it writes */
    FrozenBatchNorm(FrozenPlan plan, int map) {
        this.step = plan.steps().get(map - 1);
        this.norm = (BatchNorm) Objects.requireNonNull(step.layer);
        this.map = map;
        this.size = plan.shapes().get(map).size();
        this.adds = plan.addsGradient(map);
        this.floor = step.relu ? 0 : Float.NEGATIVE_INFINITY;
    }

    @Override
    public void refresh(Parameters parameters) {
        int channels = norm.channels();
        var means = new double[channels];
        var scales = new double[channels];
        var shifts = new double[channels];
        for (int c = 0; c < channels; c++) {
            var affine = new FrozenConvolution.Affine(parameters, norm, c);
            means[c] = affine.mean;
            scales[c] = affine.scale;
            shifts[c] = affine.shift;
        }
        var loops = new MapLoops(channels);
        mean = loops.repeat(means);
        scale = loops.repeat(scales);
        shift = loops.repeat(shifts);
    }

    @Override
    public void addForward(PassMaps maps, OpSequence forward) {
        var loops = new MapLoops(norm.channels());
        var x = NativeFloats.buffer(maps.value(step.in));
        var y = NativeFloats.buffer(maps.value(map));
        int values = maps.count() * size;
        forward.add(() -> loops.affine(x, mean, scale, shift, floor, y, values));
    }

    @Override
    public void addBackward(PassMaps maps, OpSequence backward) {
        var loops = new MapLoops(norm.channels());
        var g = NativeFloats.buffer(maps.gradient(map));
        var mask = step.relu ? NativeFloats.buffer(maps.value(map)) : null;
        var into = NativeFloats.buffer(maps.gradient(step.in));
        int values = maps.count() * size;
        backward.add(() -> loops.scaleGradient(g, mask, scale, adds, into, values));
    }

    @Override
    public void close() {}
}
