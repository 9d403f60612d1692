package dev.frl.engine.torch;

import dev.frl.engine.Architecture;
import dev.frl.engine.NamedTensors;
import dev.frl.engine.NamedTensors.Floats;
import dev.frl.engine.NamedTensors.Longs;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Tensors by PyTorch's names, in native memory that this object owns, kernels in {@link MemoryOrder}; counts of batches stay
 * in Java. Not thread-safe.
 */
final class Weights implements AutoCloseable {
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, Long> counts = new LinkedHashMap<>();

    /** @param state already checked to fit */
    Weights(NamedTensors state) {
        try (var scope = new PointerScope()) {
            state.asMap().forEach((name, tensor) -> {
                if (tensor instanceof Floats floats) {
                    var values = NativeFloats.tensor(floats.values(), longs(floats.shape()));
                    var kept = values.dim() == 4 ? MemoryOrder.ofKernel(values) : values;
                    tensors.put(name, kept.retainReference());
                } else if (tensor instanceof Longs longs) {
                    counts.put(name, longs.values()[0]);
                }
            });
        }
    }

    /** Zeros under {@code momentum_buffer.<parameter>}, for each parameter. */
    static Weights momentumOf(Architecture architecture) {
        var zeros = new LinkedHashMap<String, NamedTensors.Tensor>();
        architecture.shapes().forEach((name, shape) -> {
            if (Architecture.isParameter(name)) {
                int size = shape.stream().reduce(1, Math::multiplyExact);
                zeros.put(Architecture.MOMENTUM_BUFFER + name, new Floats(shape, new float[size]));
            }
        });
        return new Weights(NamedTensors.of(zeros));
    }

    /** Not copied: writing changes the weights. */
    Tensor get(String name) {
        return Objects.requireNonNull(tensors.get(name), name);
    }

    void countBatch(String batchNorm) {
        counts.merge(batchNorm + ".num_batches_tracked", 1L, Long::sum);
    }

    /** @param shapes names in the order that the copy has, with their shapes */
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
