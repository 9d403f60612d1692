package dev.frl.engine.torch;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Tensors by PyTorch's names, in native memory that this object owns, and in the memory order for the layers. Kernels are in
 * {@link MemoryOrder}. The weight of a linear layer after a flattened map of shape [C, H, W], in PyTorch [out, C H W], is [out,
 * C, H W] with C last in memory, as in maps. Counts of batches stay in Java. Not thread-safe.
 */
final class Weights implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    /** @param state already checked to fit */
    Weights(Architecture architecture, NamedTensors state) {
        this(channelsFlattened(architecture), "", state);
    }

    /**
     * @param flattened channels of the flattened map before a linear layer, by the name of its weight
     * @param prefix prefix of the names of weights
     */
    private Weights(Map<String, Integer> flattened, String prefix, NamedTensors state) {
        try (var scope = new PointerScope()) {
            state.asMap().forEach((name, tensor) -> {
                if (tensor instanceof Floats floats) {
                    var values = NativeFloats.tensor(floats.values(), longs(floats.shape()));
                    var channels = flattened.get(name.substring(prefix.length()));
                    var kept = channels == null ? values : channelsLast(values.view(values.size(0), channels, -1));
                    tensors.put(name, (kept.dim() == 4 ? MemoryOrder.ofKernel(kept) : kept).retainReference());
                } else if (tensor instanceof Longs longs) {
                    counts.put(name, longs.values()[0]);
                } else {
                    throw new IllegalArgumentException(
                            String.format(Locale.ROOT, "tensor %s is of an unknown type: %s", name, tensor));
                }
            });
        }
    }

    /** State of an optimizer: {@code momentum_buffer.<parameter>} for each parameter. */
    static Weights momentum(Architecture architecture, NamedTensors optimizerState) {
        return new Weights(channelsFlattened(architecture), Architecture.MOMENTUM_BUFFER, optimizerState);
    }

    /** State of an optimizer before its first step: zeros. */
    static Weights momentum(Architecture architecture) {
        var zeros = new LinkedHashMap<String, NamedTensors.Tensor>();
        architecture.optimizerShapes().forEach((name, shape) -> {
            int size = shape.stream().reduce(1, Math::multiplyExact);
            zeros.put(name, new Floats(shape, new float[size]));
        });
        return momentum(architecture, NamedTensors.of(zeros));
    }

    private static Map<String, Integer> channelsFlattened(Architecture architecture) {
        var flattened = new HashMap<String, Integer>();
        int channels = architecture.channels();
        boolean flat = false;
        for (var layer : architecture.leaves()) {
            if (layer instanceof Convolution c) {
                channels = c.out();
            } else if (layer instanceof Linear l && flat) {
                flattened.put(l.key() + ".weight", channels);
            }
            flat = layer instanceof Flatten;
        }
        return flattened;
    }

    /** A weight, shape [out, C, H W]. */
    private static Tensor channelsLast(Tensor weight) {
        return weight.transpose(1, 2).contiguous().transpose(1, 2);
    }

    /** Not copied: writing to it changes the weights. */
    Tensor get(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    /** Weight of a linear layer, shape [out, in], with columns in the order of flattened maps, C last. Not copied. */
    Tensor linear(String key) {
        var weight = get(key + ".weight");
        return weight.dim() == 3 ? weight.transpose(1, 2).flatten(1, 2) : weight;
    }

    /** The gradient with respect to the result of {@link #linear}, in the shape of the weight. */
    Tensor inShapeOfWeight(String key, Tensor gradient) {
        var weight = get(key + ".weight");
        return weight.dim() == 3
                ? gradient.view(weight.size(0), weight.size(2), weight.size(1)).transpose(1, 2)
                : gradient;
    }

    void countBatch(String batchNorm) {
        counts.merge(batchNorm + ".num_batches_tracked", 1L, Long::sum);
    }

    /** @param shapes names in the order of the copy, with their shapes */
    NamedTensors copyOut(Map<String, List<Integer>> shapes) {
        var copies = new LinkedHashMap<String, NamedTensors.Tensor>();
        try (var scope = new PointerScope()) {
            shapes.forEach((name, shape) -> {
                var count = counts.get(name);
                copies.put(
                        name,
                        count != null
                                ? new Longs(shape, new long[] {count})
                                : new Floats(shape, NativeFloats.values(get(name))));
            });
        }
        return NamedTensors.of(copies);
    }

    private static long[] longs(List<Integer> shape) {
        return shape.stream().mapToLong(Integer::longValue).toArray();
    }

    @Override
    public void close() {
        tensors.values().forEach(Tensor::releaseReference);
    }
}
