package dev.frl.engine.reference;

import static dev.frl.engine.net.Architecture.isParameter;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Weights and running statistics by PyTorch's names. Not thread-safe. */
final class Weights {
    private final Map<String, Tensor> byName;

    private Weights(Map<String, Tensor> byName) {
        this.byName = byName;
    }

    static Weights copyOf(NamedTensors state) {
        return new Weights(copy(state));
    }

    NamedTensors copyOut() {
        return NamedTensors.of(copy(NamedTensors.of(byName)));
    }

    /** Not copied: writing changes the weights. */
    float[] floats(String name) {
        if (byName.get(name) instanceof Floats floats) {
            return floats.values();
        }
        throw new IllegalStateException("no tensor of floats: " + name);
    }

    void countOneBatch(String batchNorm) {
        if (byName.get(batchNorm + ".num_batches_tracked") instanceof Longs longs) {
            longs.values()[0]++;
            return;
        }
        throw new IllegalStateException("no count of batches: " + batchNorm);
    }

    void forEachParameter(Consumer<String> action) {
        byName.keySet().stream().filter(Architecture::isParameter).forEach(action);
    }

    /** Zeros under {@code prefix + name} for each parameter. */
    Weights zerosLikeParameters(String prefix) {
        var zeros = new LinkedHashMap<String, Tensor>();
        byName.forEach((name, tensor) -> {
            if (isParameter(name)) {
                zeros.put(prefix + name, new Floats(tensor.shape(), new float[tensor.size()]));
            }
        });
        return new Weights(zeros);
    }

    private static Map<String, Tensor> copy(NamedTensors state) {
        var copy = new LinkedHashMap<String, Tensor>();
        state.asMap()
                .forEach((name, tensor) -> copy.put(
                        name,
                        tensor instanceof Longs longs
                                ? new Longs(longs.shape(), longs.values().clone())
                                : new Floats(
                                        tensor.shape(),
                                        ((Floats) tensor).values().clone())));
        return copy;
    }
}
