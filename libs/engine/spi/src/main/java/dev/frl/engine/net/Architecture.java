package dev.frl.engine.net;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/**
 * A net, layer by layer, with the parameter names of PyTorch.
 *
 * @param name name in specs, such as {@code cnn-small}
 * @param channels channels of the input
 * @param height height of the input
 * @param width width of the input
 * @param classes width of the output
 * @param layers layers in order of application
 */
public record Architecture(String name, int channels, int height, int width, int classes, List<Layer> layers) {
    /** Prefix of a parameter's name in the optimizer's state; PyTorch's name for its momentum. */
    public static final String MOMENTUM_BUFFER = "momentum_buffer.";

    public Architecture {
        layers = List.copyOf(layers);
    }

    /** Values in one image. */
    public int pixels() {
        return channels * height * width;
    }

    /** One layer; {@code key} is the prefix of the names of its parameters. */
    public sealed interface Layer {
        /** Shape of each parameter and running statistic by full name, in PyTorch's order. */
        default Map<String, List<Integer>> shapes() {
            return Map.of();
        }

        /** Height or width of the output, for a height or width of the input. */
        default int outputSize(int inputSize) {
            return inputSize;
        }
    }

    /** Square kernel, zero padding. Weight {@code [out, in, kernel, kernel]}; bias, if there is one, {@code [out]}. */
    public record Convolution(String key, int in, int out, int kernel, int stride, int padding, boolean bias)
            implements Layer {
        /** With bias. */
        public Convolution(String key, int in, int out, int kernel, int stride, int padding) {
            this(key, in, out, kernel, stride, padding, true);
        }

        @Override
        public Map<String, List<Integer>> shapes() {
            var weight = List.of(out, in, kernel, kernel);
            return bias
                    ? ordered(key + ".weight", weight, key + ".bias", List.of(out))
                    : Map.of(key + ".weight", weight);
        }

        @Override
        public int outputSize(int inputSize) {
            return (inputSize + 2 * padding - kernel) / stride + 1;
        }
    }

    /**
     * Batch norm over channels, with scale and shift. In training mode it uses the batch's mean and biased variance, and moves
     * the running statistics by {@link #MOMENTUM} towards the batch's mean and unbiased variance. In evaluation mode it uses the
     * running statistics.
     */
    public record BatchNorm(String key, int channels) implements Layer {
        public static final double EPSILON = 1e-5;
        public static final double MOMENTUM = 0.1;

        @Override
        public Map<String, List<Integer>> shapes() {
            var shapes = ordered(key + ".weight", List.of(channels), key + ".bias", List.of(channels));
            shapes.put(key + ".running_mean", List.of(channels));
            shapes.put(key + ".running_var", List.of(channels));
            shapes.put(key + ".num_batches_tracked", List.of());
            return shapes;
        }
    }

    public record Relu() implements Layer {}

    /**
     * Sum of two branches, {@code body(x) + shortcut(x)}; both end in the same shape.
     *
     * @param body layers in order of application, at least one layer
     * @param shortcut layers in order of application; empty for the identity
     */
    public record Residual(List<Layer> body, List<Layer> shortcut) implements Layer {
        public Residual {
            body = List.copyOf(body);
            shortcut = List.copyOf(shortcut);
        }

        @Override
        public Map<String, List<Integer>> shapes() {
            var shapes = new LinkedHashMap<String, List<Integer>>();
            body.forEach(layer -> shapes.putAll(layer.shapes()));
            shortcut.forEach(layer -> shapes.putAll(layer.shapes()));
            return shapes;
        }

        @Override
        public int outputSize(int inputSize) {
            int size = inputSize;
            for (var layer : body) {
                size = layer.outputSize(size);
            }
            return size;
        }
    }

    /** Mean over height and width: {@code [N, C, H, W]} to {@code [N, C]}. */
    public record GlobalAveragePool() implements Layer {}

    /** {@code [N, C, H, W]} to {@code [N, C*H*W]}, channel first. */
    public record Flatten() implements Layer {}

    /** Weight {@code [out, in]}, bias {@code [out]}. */
    public record Linear(String key, int in, int out) implements Layer {
        @Override
        public Map<String, List<Integer>> shapes() {
            return ordered(key + ".weight", List.of(out, in), key + ".bias", List.of(out));
        }
    }

    /** All layers except residual ones, which are replaced by the layers of their body and then of their shortcut. */
    public List<Layer> leaves() {
        return leaves(layers).toList();
    }

    private static Stream<Layer> leaves(List<Layer> layers) {
        return layers.stream()
                .flatMap(layer -> layer instanceof Residual r
                        ? Stream.concat(leaves(r.body()), leaves(r.shortcut()))
                        : Stream.of(layer));
    }

    /** Shape of every tensor of the state dict, in PyTorch's order. */
    public Map<String, List<Integer>> shapes() {
        var shapes = new LinkedHashMap<String, List<Integer>>();
        layers.forEach(layer -> shapes.putAll(layer.shapes()));
        return shapes;
    }

    /**
     * Shape of every tensor of the optimizer's state: the momentum buffer of each parameter, in the order of {@link #shapes}.
     */
    public Map<String, List<Integer>> optimizerShapes() {
        var shapes = new LinkedHashMap<String, List<Integer>>();
        shapes().forEach((tensor, shape) -> {
            if (isParameter(tensor)) {
                shapes.put(MOMENTUM_BUFFER + tensor, shape);
            }
        });
        return shapes;
    }

    /** Whether a tensor is a trained parameter; if not, it is a running statistic. */
    public static boolean isParameter(String tensorName) {
        return tensorName.endsWith(".weight") || tensorName.endsWith(".bias");
    }

    /**
     * Checks that a state fits: no tensor is missing or unknown, shapes and types agree, all values are finite, and no variance
     * is negative.
     *
     * @throws StateMismatchException listing every mismatch
     */
    public void requireFits(NamedTensors state) {
        requireFits(state, shapes(), name);
    }

    private static void requireFits(NamedTensors state, Map<String, List<Integer>> shapes, String name) {
        var problems = new ArrayList<String>();
        shapes.forEach((tensor, shape) -> {
            var found = state.asMap().get(tensor);
            if (found == null) {
                problems.add(String.format(Locale.ROOT, "tensor %s of shape %s is missing", tensor, shape));
            } else if (!found.shape().equals(shape)) {
                problems.add(String.format(
                        Locale.ROOT, "tensor %s has shape %s, %s needs %s", tensor, found.shape(), name, shape));
            } else if (tensor.endsWith(".num_batches_tracked") && found instanceof Longs) {
                return;
            } else if (!tensor.endsWith(".num_batches_tracked") && found instanceof Floats floats) {
                requireValues(tensor, floats.values(), problems);
            } else {
                problems.add(String.format(Locale.ROOT, "tensor %s has the wrong type: %s", tensor, found));
            }
        });
        state.names().stream()
                .filter(tensor -> !shapes.containsKey(tensor))
                .forEach(tensor ->
                        problems.add(String.format(Locale.ROOT, "tensor %s is not part of %s", tensor, name)));
        if (!problems.isEmpty()) {
            throw new StateMismatchException(problems);
        }
    }

    /**
     * Checks that the net has as many classes as the attack's loss compares.
     *
     * @throws IllegalArgumentException naming the loss and both numbers
     */
    public void requireAttackable(AttackSettings attack) {
        int least = attack.loss().leastClasses();
        if (classes < least) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s has %d classes, but the loss %s needs %d at least: attack by another",
                    name,
                    classes,
                    attack.loss().label(),
                    least));
        }
    }

    /**
     * Checks that every batch norm has a variance to compute. As in PyTorch, it needs more than one value per channel.
     *
     * @throws IllegalArgumentException naming the layer
     */
    public void requireTrainable(int count) {
        requireTrainable(layers, height, width, count);
    }

    private void requireTrainable(List<Layer> chain, int inputHeight, int inputWidth, int count) {
        int h = inputHeight;
        int w = inputWidth;
        for (var layer : chain) {
            if (layer instanceof Residual r) {
                requireTrainable(r.body(), h, w, count);
                requireTrainable(r.shortcut(), h, w, count);
            } else if (layer instanceof BatchNorm norm && (long) count * h * w < 2) {
                throw new IllegalArgumentException(String.format(
                        Locale.ROOT,
                        "batch norm %s of %s sees one value per channel in a batch of %d: train with larger batches",
                        norm.key(),
                        name,
                        count));
            }
            h = layer.outputSize(h);
            w = layer.outputSize(w);
        }
    }

    /**
     * Checks that an optimizer's state fits: it is empty, or has a finite {@code momentum_buffer.<parameter>} for each parameter,
     * in the parameter's shape.
     *
     * @throws StateMismatchException listing every mismatch
     */
    public void requireFitsOptimizer(NamedTensors optimizerState) {
        if (optimizerState.isEmpty()) {
            return;
        }
        requireFits(optimizerState, optimizerShapes(), name);
    }

    private static void requireValues(String tensor, float[] values, List<String> problems) {
        boolean variance = tensor.endsWith(".running_var");
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i]) || (variance && values[i] < 0)) {
                problems.add(String.format(Locale.ROOT, "tensor %s holds %s at position %d", tensor, values[i], i));
                return;
            }
        }
    }

    /**
     * Initial weights with the default distributions of PyTorch's layers: weight and bias uniform in ±1/√(fan-in); batch norm
     * with scale 1, shift 0, mean 0 and variance 1. They are drawn here, so every engine starts from the same bits.
     */
    public NamedTensors initialState(long seed) {
        var random = new SplittableRandom(seed);
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var layer : leaves()) {
            if (layer instanceof BatchNorm norm) {
                int c = norm.channels();
                tensors.put(norm.key() + ".weight", constant(c, 1));
                tensors.put(norm.key() + ".bias", constant(c, 0));
                tensors.put(norm.key() + ".running_mean", constant(c, 0));
                tensors.put(norm.key() + ".running_var", constant(c, 1));
                tensors.put(norm.key() + ".num_batches_tracked", new Longs(List.of(), new long[1]));
            } else {
                var shapes = layer.shapes();
                shapes.forEach((tensor, shape) -> tensors.put(tensor, uniform(shape, fanIn(layer), random)));
            }
        }
        return NamedTensors.of(tensors);
    }

    private static int fanIn(Layer layer) {
        if (layer instanceof Convolution c) {
            return c.in() * c.kernel() * c.kernel();
        }
        if (layer instanceof Linear l) {
            return l.in();
        }
        throw new IllegalArgumentException("layer is unknown: " + layer);
    }

    private static Floats uniform(List<Integer> shape, int fanIn, SplittableRandom random) {
        int size = shape.stream().reduce(1, Math::multiplyExact);
        double bound = 1 / Math.sqrt(fanIn);
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
        }
        return new Floats(shape, values);
    }

    private static Floats constant(int size, float value) {
        var values = new float[size];
        java.util.Arrays.fill(values, value);
        return new Floats(List.of(size), values);
    }

    private static Map<String, List<Integer>> ordered(
            String first, List<Integer> firstShape, String second, List<Integer> secondShape) {
        var shapes = new LinkedHashMap<String, List<Integer>>();
        shapes.put(first, firstShape);
        shapes.put(second, secondShape);
        return shapes;
    }
}
