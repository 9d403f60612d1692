package dev.frl.engine.torch;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Residual;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The net in evaluation mode. It shares memory with the weights, so it is valid until they change. Batch norm is folded into
 * the convolution before it, for each output channel:
 *
 * <pre>
 *   s = scale / √(variance + ε),   kernel ← s kernel,   bias ← s (bias − mean) + shift
 * </pre>
 *
 * <p>Without a convolution before it, {@code s x + (shift − s mean)} remains. Several threads may use a net.
 */
final class FrozenNet implements AutoCloseable {
    private final TorchLayer.Chain layers;
    private final List<Tensor> owned = new ArrayList<>();

    /** @param precision precision of the convolutions; linear layers and logits are float32 */
    FrozenNet(Architecture architecture, Weights weights, Precision precision) {
        try (var scope = new PointerScope()) {
            this.layers = new Builder(architecture, weights, precision).chain(architecture.layers());
        }
    }

    /** Logits, shape [rows, classes], in the caller's scope, of {@code images}, shape [rows, C, H, W]. */
    Tensor forward(Tensor images) {
        return forward(images, new ArrayDeque<>());
    }

    /**
     * Logits, with the tape for the backward pass.
     *
     * @param tape receives the tensors that the backward pass needs
     */
    Tensor forward(Tensor images, Deque<Tensor> tape) {
        return layers.forward(images, tape);
    }

    /**
     * Gradient with respect to the images, shape [rows, C, H, W], in the caller's scope.
     *
     * @param logitGradients gradient with respect to the logits, shape [rows, classes]
     * @param tape tape of one forward pass
     */
    Tensor backward(Tensor logitGradients, Deque<Tensor> tape) {
        return layers.backward(logitGradients, tape).toType(ScalarType.Float);
    }

    @Override
    public void close() {
        owned.forEach(Tensor::releaseReference);
    }

    /** Builds the layers from the weights. */
    private final class Builder {
        private final Architecture architecture;
        private final Weights weights;
        private final Precision precision;

        Builder(Architecture architecture, Weights weights, Precision precision) {
            this.architecture = architecture;
            this.weights = weights;
            this.precision = precision;
        }

        TorchLayer.Chain chain(List<Layer> chain) {
            var frozen = new ArrayList<TorchLayer>();
            for (int i = 0; i < chain.size(); i++) {
                var layer = chain.get(i);
                if (layer instanceof Convolution c
                        && i + 1 < chain.size()
                        && chain.get(i + 1) instanceof BatchNorm norm) {
                    frozen.add(folded(c, norm));
                    i++;
                } else {
                    boolean inside = i > 0 && i < chain.size() - 1;
                    frozen.add(alone(layer, inside));
                }
            }
            return new TorchLayer.Chain(List.copyOf(frozen));
        }

        private TorchLayer alone(Layer layer, boolean inside) {
            if (layer instanceof Convolution c) {
                return convolution(
                        c, weights.get(c.key() + ".weight"), c.bias() ? weights.get(c.key() + ".bias") : null);
            } else if (layer instanceof BatchNorm norm) {
                return affine(norm);
            } else if (layer instanceof Linear l) {
                return linear(l);
            } else if (layer instanceof Residual r) {
                return new TorchLayer.Sum(chain(r.body()), chain(r.shortcut()));
            }
            return TorchLayer.withoutWeights(layer, inside);
        }

        private TorchLayer folded(Convolution c, BatchNorm norm) {
            var s = scale(norm);
            var kernel = weights.get(c.key() + ".weight").mul(s.view(-1, 1, 1, 1));
            var shift = shift(norm, s);
            return convolution(
                    c, kernel, c.bias() ? weights.get(c.key() + ".bias").mul(s).add(shift) : shift);
        }

        private TorchLayer convolution(Convolution c, Tensor kernel, @Nullable Tensor bias) {
            var ordered = MemoryOrder.ofKernel(kernel.toType(precision.type()));
            var convolution =
                    new TorchLayer.Conv(c, own(ordered), bias == null ? null : own(bias.toType(precision.type())));
            if (c == architecture.layers().get(0)) {
                var geometry = ImageConvolution.Geometry.of(c);
                if (geometry.fits(architecture)) {
                    var backwardKernel = own(MemoryOrder.ofKernel(
                            geometry.backwardKernel(NativeFloats.values(kernel)).toType(precision.type())));
                    return new ImageConvolution(geometry, convolution, backwardKernel);
                }
            }
            return convolution;
        }

        private TorchLayer affine(BatchNorm norm) {
            var s = scale(norm);
            var zeros = NativeFloats.tensor(new float[norm.channels()], norm.channels());
            return new TorchLayer.Affine(own(s), own(shift(norm, s)), own(zeros), own(zeros.add(new Scalar(1f))));
        }

        private Tensor scale(BatchNorm norm) {
            var variance = weights.get(norm.key() + ".running_var");
            return weights.get(norm.key() + ".weight")
                    .div(variance.add(new Scalar(BatchNorm.EPSILON)).sqrt());
        }

        private Tensor shift(BatchNorm norm, Tensor s) {
            return weights.get(norm.key() + ".bias")
                    .sub(weights.get(norm.key() + ".running_mean").mul(s));
        }

        private TorchLayer linear(Linear l) {
            return new TorchLayer.Dense(own(weights.linear(l.key())), own(weights.get(l.key() + ".bias")));
        }

        /** Keeps a tensor after the end of the scope that it was created in. */
        private Tensor own(Tensor tensor) {
            owned.add(tensor);
            return tensor.retainReference();
        }
    }
}
