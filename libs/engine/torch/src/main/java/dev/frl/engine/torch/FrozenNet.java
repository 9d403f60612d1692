package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.linear;

import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Architecture.Convolution;
import dev.frl.engine.Architecture.Flatten;
import dev.frl.engine.Architecture.GlobalAveragePool;
import dev.frl.engine.Architecture.Layer;
import dev.frl.engine.Architecture.Linear;
import dev.frl.engine.Architecture.Relu;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * The net in evaluation mode, with weights as they were when it was made. Batch norm is folded into the convolution before
 * it, for each output channel:
 *
 * <pre>
 *   s = scale / √(variance + ε),   kernel ← s kernel,   bias ← s (bias − mean) + shift
 * </pre>
 *
 * <p>The weights ask for no gradient, so the way back computes the image's alone. Several threads may use it.
 */
final class FrozenNet implements AutoCloseable {
    private final List<UnaryOperator<Tensor>> operations = new ArrayList<>();
    private final List<Tensor> owned = new ArrayList<>();

    FrozenNet(Architecture architecture, Weights weights) {
        var layers = architecture.layers();
        for (int i = 0; i < layers.size(); i++) {
            var layer = layers.get(i);
            if (layer instanceof Convolution c) {
                operations.add(convolution(c, i + 1 < layers.size() ? layers.get(i + 1) : c, weights));
            } else if (layer instanceof BatchNorm norm) {
                if (i == 0 || !(layers.get(i - 1) instanceof Convolution)) {
                    throw new IllegalArgumentException(
                            "batch norm %s of %s does not follow a convolution: it cannot be folded"
                                    .formatted(norm.key(), architecture.name()));
                }
            } else if (layer instanceof Linear l) {
                var weight = own(weights.get(l.key() + ".weight").clone());
                var bias = own(weights.get(l.key() + ".bias").clone());
                operations.add(x -> linear(x, weight, new TensorOptional(bias)));
            } else {
                operations.add(x -> plain(layer, x));
            }
        }
    }

    private UnaryOperator<Tensor> convolution(Convolution c, Layer next, Weights weights) {
        var kernel = weights.get(c.key() + ".weight");
        var bias = weights.get(c.key() + ".bias");
        try (var scope = new PointerScope()) {
            if (next instanceof BatchNorm norm) {
                var deviation = weights.get(norm.key() + ".running_var")
                        .add(new Scalar(BatchNorm.EPSILON))
                        .sqrt();
                var s = weights.get(norm.key() + ".weight").div(deviation);
                kernel = own(kernel.mul(s.view(-1, 1, 1, 1)));
                bias = own(bias.sub(weights.get(norm.key() + ".running_mean"))
                        .mul(s)
                        .add(weights.get(norm.key() + ".bias")));
            } else {
                kernel = own(kernel.clone());
                bias = own(bias.clone());
            }
        }
        var folded = kernel;
        var shift = bias;
        return x -> convolve(c, x, folded, shift);
    }

    /** Keeps a tensor beyond the scope it was made in. */
    private Tensor own(Tensor tensor) {
        owned.add(tensor);
        return tensor.retainReference();
    }

    static Tensor convolve(Convolution c, Tensor x, Tensor kernel, Tensor bias) {
        long[] stride = {c.stride(), c.stride()};
        long[] padding = {c.padding(), c.padding()};
        return conv2d(x, kernel, new TensorOptional(bias), stride, padding, new long[] {1, 1}, 1);
    }

    /** A layer without weights. */
    static Tensor plain(Layer layer, Tensor x) {
        if (layer instanceof Relu) {
            return x.relu();
        } else if (layer instanceof GlobalAveragePool) {
            return x.mean(2, 3);
        } else if (layer instanceof Flatten) {
            return x.flatten(1, -1);
        }
        throw new IllegalArgumentException("layer is unknown: " + layer);
    }

    /**
     * Logits, shape [rows, classes], in the caller's scope.
     *
     * @param images shape [rows, C, H, W]
     */
    Tensor forward(Tensor images) {
        var x = images;
        for (var operation : operations) {
            x = operation.apply(x);
        }
        return x;
    }

    @Override
    public void close() {
        owned.forEach(Tensor::releaseReference);
    }
}
