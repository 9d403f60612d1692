package dev.frl.engine.dl4j.natives;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * All weights and running statistics in one array, layer by layer. Within a layer, tensors have the order of DL4J's flattened
 * parameters; the training path knows the order of layers there. Within a tensor, DL4J's order is PyTorch's: convolutions are
 * [out, in, height, width] row-major in both, and DL4J's dense layers are [in, out] column-major, which is [out, in] row-major.
 */
public final class Parameters {
    private final Architecture architecture;
    private final Map<String, Integer> offsets = new LinkedHashMap<>();
    private final Map<String, Long> batches = new LinkedHashMap<>();
    private final float[] values;

    public Parameters(Architecture architecture) {
        this.architecture = architecture;
        int size = 0;
        for (var layer : architecture.leaves()) {
            var shapes = layer.shapes();
            for (var name : namesInOrderOfDl4j(layer)) {
                offsets.put(name, size);
                size += sizeOf(Objects.requireNonNull(shapes.get(name), name));
            }
            if (layer instanceof BatchNorm norm) {
                batches.put(norm.key() + ".num_batches_tracked", 0L);
            }
        }
        this.values = new float[size];
    }

    /** Names of a layer's tensors in DL4J's order. */
    public static List<String> namesInOrderOfDl4j(Layer layer) {
        if (layer instanceof Convolution c) {
            return c.bias() ? List.of(c.key() + ".bias", c.key() + ".weight") : List.of(c.key() + ".weight");
        } else if (layer instanceof Linear linear) {
            return List.of(linear.key() + ".weight", linear.key() + ".bias");
        } else if (layer instanceof BatchNorm norm) {
            return List.of(
                    norm.key() + ".weight",
                    norm.key() + ".bias",
                    norm.key() + ".running_mean",
                    norm.key() + ".running_var");
        } else if (layer.shapes().isEmpty()) {
            return List.of();
        }
        throw new IllegalArgumentException("the dl4j engine knows no order of the tensors of " + layer);
    }

    /** Not copied: writing to it changes the weights. */
    public float[] values() {
        return values;
    }

    /** Position of the first value of a tensor in {@link #values()}. */
    public int offset(String name) {
        return Objects.requireNonNull(offsets.get(name), name);
    }

    public int size(String name) {
        return sizeOf(Objects.requireNonNull(architecture.shapes().get(name), name));
    }

    /** Names of the trained tensors, in DL4J's order. */
    public List<String> parameterNames() {
        return offsets.keySet().stream().filter(Architecture::isParameter).toList();
    }

    public void countBatch(String batchNorm) {
        batches.merge(batchNorm + ".num_batches_tracked", 1L, Long::sum);
    }

    /** @param state already checked to fit */
    public void set(NamedTensors state) {
        state.asMap().forEach((name, tensor) -> {
            if (tensor instanceof Floats floats) {
                System.arraycopy(floats.values(), 0, values, offset(name), floats.size());
            } else if (tensor instanceof Longs longs) {
                batches.put(name, longs.values()[0]);
            } else {
                throw new IllegalArgumentException(
                        String.format(Locale.ROOT, "tensor %s is of an unknown type: %s", name, tensor));
            }
        });
    }

    public NamedTensors copyOut() {
        var tensors = new LinkedHashMap<String, Tensor>();
        architecture.shapes().forEach((name, shape) -> {
            var count = batches.get(name);
            tensors.put(
                    name,
                    count != null
                            ? new Longs(shape, new long[] {count})
                            : new Floats(shape, copy(values, offset(name), sizeOf(shape))));
        });
        return NamedTensors.of(tensors);
    }

    /** @param momentum values of the trained tensors, in the order of {@link #values()} */
    public NamedTensors copyOutMomentum(float[] momentum) {
        var tensors = new LinkedHashMap<String, Tensor>();
        architecture.optimizerShapes().forEach((name, shape) -> {
            int at = offset(name.substring(Architecture.MOMENTUM_BUFFER.length()));
            tensors.put(name, new Floats(shape, copy(momentum, at, sizeOf(shape))));
        });
        return NamedTensors.of(tensors);
    }

    private static float[] copy(float[] from, int offset, int size) {
        var copy = new float[size];
        System.arraycopy(from, offset, copy, 0, size);
        return copy;
    }

    private static int sizeOf(List<Integer> shape) {
        return shape.stream().reduce(1, Math::multiplyExact);
    }
}
