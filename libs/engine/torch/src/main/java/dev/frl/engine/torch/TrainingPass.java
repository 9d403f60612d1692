package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.linear;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.GlobalAveragePool;
import dev.frl.engine.Architecture.Layer;
import dev.frl.engine.Architecture.Linear;
import dev.frl.engine.Architecture.Relu;
import dev.frl.engine.Architecture.Residual;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorArrayRefOptional;
import org.bytedeco.pytorch.TensorOptional;

/**
 * One way forward and back through the net in training mode. It belongs to the thread that made it, and what it allocates
 * lives until it is closed.
 */
final class TrainingPass implements AutoCloseable {
    private final PointerScope scope = new PointerScope();
    private final Map<String, Tensor> parameters = new HashMap<>();
    private final Map<String, Tensor> statistics = new LinkedHashMap<>();
    private final Weights weights;
    private final Tensor logits;

    /** Channels of the map that was flattened and waits for its linear layer, or 0. */
    private long flattened;

    /** @param images shape [count, C, H, W] */
    TrainingPass(Architecture architecture, Weights weights, float[] images, int count) {
        var x = NativeFloats.tensor(
                images, count, architecture.channels(), architecture.height(), architecture.width());
        this.weights = weights;
        logits = chain(architecture.layers(), MemoryOrder.channelsLast(x));
    }

    private Tensor chain(List<Layer> chain, Tensor input) {
        var x = input;
        for (int i = 0; i < chain.size(); i++) {
            boolean inside = i > 0 && i < chain.size() - 1;
            x = layer(chain.get(i), x, inside);
        }
        return x;
    }

    /** @param inside whether the input belongs to nobody else: at the ends of a chain a residual layer may hold it too */
    private Tensor layer(Layer layer, Tensor x, boolean inside) {
        if (layer instanceof Convolution c) {
            var bias = c.bias() ? parameter(c.key() + ".bias") : null;
            var kernel = parameter(c.key() + ".weight");
            return FrozenLayer.Conv.convolve(c, MemoryOrder.ofInput(x, kernel), kernel, bias);
        } else if (layer instanceof BatchNorm norm) {
            return normalise(norm, x);
        } else if (layer instanceof Linear l) {
            var weight = parameter(l.key() + ".weight");
            if (flattened > 0) {
                weight = FrozenLayer.Flat.columns(weight, flattened);
                flattened = 0;
            }
            return linear(x, weight, new TensorOptional(parameter(l.key() + ".bias")));
        } else if (layer instanceof Residual r) {
            return chain(r.body(), x).add(chain(r.shortcut(), x));
        } else if (layer instanceof Relu) {
            return inside ? x.relu_() : x.relu();
        } else if (layer instanceof GlobalAveragePool) {
            return x.permute(0, 2, 3, 1).flatten(1, 2).mean(1); // so that gradients too are in order of memory
        } else if (layer instanceof Flatten) {
            flattened = x.size(1);
            return x.permute(0, 2, 3, 1).flatten(1, -1);
        }
        throw new IllegalArgumentException("layer is unknown: " + layer);
    }

    /** Shares its memory with the weights, and asks for a gradient. */
    private Tensor parameter(String name) {
        var parameter = weights.get(name).detach().requires_grad_(true);
        parameters.put(name, parameter);
        return parameter;
    }

    /** With momentum 1 the running statistics become the batch's: mean, and variance divided by the number of values less one. */
    private Tensor normalise(BatchNorm norm, Tensor x) {
        var mean = NativeFloats.tensor(new float[norm.channels()], norm.channels());
        var variance = NativeFloats.tensor(new float[norm.channels()], norm.channels());
        statistics.put(norm.key() + ".running_mean", mean);
        statistics.put(norm.key() + ".running_var", variance);
        return batch_norm(
                x,
                new TensorOptional(parameter(norm.key() + ".weight")),
                new TensorOptional(parameter(norm.key() + ".bias")),
                new TensorOptional(mean),
                new TensorOptional(variance),
                true,
                1.0,
                BatchNorm.EPSILON,
                false);
    }

    /** Shape [count, classes]. */
    float[] logits() {
        return NativeFloats.values(logits.detach());
    }

    /** @param byLogits gradient of the loss, shape [count, classes] */
    void backward(float[] byLogits) {
        var gradient = NativeFloats.tensor(byLogits, logits.size(0), logits.size(1));
        logits.backward(gradient, new BoolOptional(), false, new TensorArrayRefOptional());
    }

    /** Of the loss, by a parameter. */
    Tensor gradient(String parameter) {
        return Objects.requireNonNull(parameters.get(parameter), parameter).grad();
    }

    /** Moves the running statistics towards this batch's. */
    void moveStatistics() {
        statistics.forEach((name, ofBatch) -> weights.get(name).lerp_(ofBatch, new Scalar(BatchNorm.MOMENTUM)));
    }

    @Override
    public void close() {
        scope.close();
    }
}
