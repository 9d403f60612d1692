package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.linear;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Linear;
import java.util.HashMap;
import java.util.LinkedHashMap;
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
    private final Tensor logits;

    /** @param images shape [count, C, H, W] */
    TrainingPass(Architecture architecture, Weights weights, float[] images, int count) {
        var x = NativeFloats.tensor(
                images, count, architecture.channels(), architecture.height(), architecture.width());
        for (var layer : architecture.layers()) {
            if (layer instanceof Convolution c) {
                x = FrozenNet.convolve(
                        c, x, parameter(weights, c.key() + ".weight"), parameter(weights, c.key() + ".bias"));
            } else if (layer instanceof BatchNorm norm) {
                x = normalise(norm, x, weights);
            } else if (layer instanceof Linear l) {
                var bias = new TensorOptional(parameter(weights, l.key() + ".bias"));
                x = linear(x, parameter(weights, l.key() + ".weight"), bias);
            } else {
                x = FrozenNet.plain(layer, x);
            }
        }
        logits = x;
    }

    /** Shares its memory with the weights, and asks for a gradient. */
    private Tensor parameter(Weights weights, String name) {
        var parameter = weights.get(name).detach().requires_grad_(true);
        parameters.put(name, parameter);
        return parameter;
    }

    /** With momentum 1 the running statistics become the batch's: mean, and variance divided by the number of values less one. */
    private Tensor normalise(BatchNorm norm, Tensor x, Weights weights) {
        var mean = NativeFloats.tensor(new float[norm.channels()], norm.channels());
        var variance = NativeFloats.tensor(new float[norm.channels()], norm.channels());
        statistics.put(norm.key() + ".running_mean", mean);
        statistics.put(norm.key() + ".running_var", variance);
        return batch_norm(
                x,
                new TensorOptional(parameter(weights, norm.key() + ".weight")),
                new TensorOptional(parameter(weights, norm.key() + ".bias")),
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
    void moveStatistics(Weights weights) {
        statistics.forEach((name, ofBatch) -> weights.get(name).lerp_(ofBatch, new Scalar(BatchNorm.MOMENTUM)));
    }

    @Override
    public void close() {
        scope.close();
    }
}
