package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.frozen.FrozenConvolution.MapShape;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * An architecture in evaluation mode, as operations on numbered maps: map 0 holds the images, operation i writes map i + 1.
 *
 * <p>A batch norm directly after a convolution or linear layer is part of that layer, a ReLU is part of the operation before
 * it, and pooling is part of the linear layer after it.
 */
final class FrozenPlan {
    private final String name;
    private final List<Step> steps = new ArrayList<>();
    private final List<MapShape> shapes = new ArrayList<>();
    private boolean averages;

    /** @throws IllegalArgumentException if there is no operation for a layer at its position */
    FrozenPlan(Architecture architecture) {
        this.name = architecture.name();
        shapes.add(new MapShape(architecture.channels(), architecture.height(), architecture.width()));
        add(architecture.layers(), 0);
    }

    /** Operations in order of execution. */
    List<Step> steps() {
        return steps;
    }

    /** Sizes of the maps, by number. */
    List<MapShape> shapes() {
        return shapes;
    }

    /** Values of the largest map. */
    int largest() {
        return shapes.stream().mapToInt(MapShape::size).max().orElseThrow();
    }

    /** Number of operations that read a map. */
    long readers(int map) {
        return steps.stream()
                .filter(step -> step.in == map || step.other == map)
                .count();
    }

    /** Whether an operation adds to the gradient of the map that it reads, because later readers have written theirs there. */
    boolean addsGradient(int written) {
        int read = steps.get(written - 1).in;
        return steps.stream().skip(written).anyMatch(step -> step.in == read || step.other == read);
    }

    /** The map whose gradient a map shares: a summand shares that of its sum. */
    int gradientOwner(int map) {
        for (int i = steps.size() - 1; i >= map; i--) {
            var step = steps.get(i);
            if (step.layer == null && (step.in == map || step.other == map)) {
                return gradientOwner(i + 1);
            }
        }
        return map;
    }

    /** One operation. */
    static final class Step {
        /** A convolution, a linear layer, a batch norm that is not part of one, or null for a sum. */
        final @Nullable Layer layer;

        /** Number of the map it reads. */
        final int in;

        /** Number of the second map that a sum reads; −1 for other operations. */
        final int other;

        /** Whether the layer reads the mean over its map. */
        final boolean averages;

        /** Batch norm after the layer, as part of it. */
        @Nullable
        BatchNorm norm;

        boolean relu;

        private Step(@Nullable Layer layer, int in, int other, boolean averages) {
            this.layer = layer;
            this.in = in;
            this.other = other;
            this.averages = averages;
        }
    }

    /** Returns the number of the map that the last layer writes. */
    private int add(List<Layer> layers, int from) {
        int map = from;
        for (var layer : layers) {
            // A map before a fork has other readers than this branch.
            var last = map == from && from != 0 ? null : lastStep();
            var shape = shapes.get(map);
            if (layer instanceof Convolution c) {
                map = add(
                        new Step(c, map, -1, false),
                        c.out(),
                        c.outputSize(shape.height()),
                        c.outputSize(shape.width()));
            } else if (layer instanceof Linear linear) {
                map = add(new Step(linear, map, -1, averages), linear.out(), 1, 1);
                averages = false;
            } else if (layer instanceof GlobalAveragePool) {
                averages = true;
            } else if (layer instanceof BatchNorm norm && !averages && last != null && takesNorm(last)) {
                last.norm = norm;
            } else if (layer instanceof BatchNorm norm && !averages) {
                map = add(new Step(norm, map, -1, false), norm.channels(), shape.height(), shape.width());
            } else if (layer instanceof Relu && !averages && last != null) {
                last.relu = true;
            } else if (layer instanceof Residual r && !averages) {
                map = addSum(r, map);
            } else if (!(layer instanceof Flatten)) {
                throw cannot(layer);
            }
        }
        return map;
    }

    private int addSum(Residual residual, int from) {
        if (residual.body().get(0) instanceof Residual) {
            throw cannot(residual); // the map before it would be part of two sums
        }
        int body = endOfBranch(residual, residual.body(), from);
        int shortcut = endOfBranch(residual, residual.shortcut(), from);
        var shape = shapes.get(body);
        return add(new Step(null, body, shortcut, false), shape.channels(), shape.height(), shape.width());
    }

    private int endOfBranch(Residual residual, List<Layer> branch, int from) {
        int end = add(branch, from);
        if (averages || (end != from && steps.get(end - 1).relu)) {
            throw cannot(residual); // branches share the gradient of their sum: no mask, no other shape
        }
        return end;
    }

    private int add(Step step, int channels, int height, int width) {
        steps.add(step);
        shapes.add(new MapShape(channels, height, width));
        return steps.size();
    }

    private @Nullable Step lastStep() {
        return steps.isEmpty() ? null : steps.get(steps.size() - 1);
    }

    private static boolean takesNorm(Step step) {
        return (step.layer instanceof Convolution || step.layer instanceof Linear) && step.norm == null && !step.relu;
    }

    private IllegalArgumentException cannot(Layer layer) {
        return new IllegalArgumentException(
                String.format(Locale.ROOT, "the dl4j engine does not support %s at this position of %s", layer, name));
    }
}
