package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.conv2d;
import static org.bytedeco.pytorch.global.torch.convolution_backward;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.threshold_backward;
import static org.bytedeco.pytorch.global.torch.threshold_backward_out;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Flatten;
import dev.frl.engine.net.Architecture.GlobalAveragePool;
import dev.frl.engine.net.Architecture.Layer;
import java.util.Deque;
import java.util.List;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A layer with its forward pass and its backward pass to the gradient with respect to its input. The backward pass is written
 * by hand, because libtorch's autograd would keep more tensors and could not overwrite any. Layers here have fixed weights or
 * none; {@link TrainedLayer} has those that also compute gradients with respect to their weights. Maps have the shape [N, C, H,
 * W] and the order of {@link MemoryOrder}. Several threads may use a layer.
 */
interface TorchLayer {
    /**
     * @param x not changed, except by a ReLU in place
     * @param tape receives the tensors that the backward pass needs, on top
     */
    Tensor forward(Tensor x, Deque<Tensor> tape);

    /**
     * @param gradient gradient with respect to this layer's output; not changed, except by a ReLU in place, alone or after a
     *     batch norm
     * @param tape has the tensors of the forward pass on top; they are removed
     * @return {@code gradient}, or a tensor that owns its memory: the results of libtorch's operations in place do not
     */
    Tensor backward(Tensor gradient, Deque<Tensor> tape);

    /** @param inside whether no other layer holds input and gradient, so that a {@link Relu} can work in place */
    static TorchLayer withoutWeights(Layer layer, boolean inside) {
        if (layer instanceof Architecture.Relu) {
            return new Relu(inside);
        } else if (layer instanceof GlobalAveragePool) {
            return new Pool();
        } else if (layer instanceof Flatten) {
            return new Flat();
        }
        throw new IllegalArgumentException("layer is unknown: " + layer);
    }

    /** @param kernel shape [out, in, kernel, kernel], in {@link MemoryOrder} */
    record Conv(Convolution c, Tensor kernel, @Nullable Tensor bias) implements TorchLayer {
        private static final long[] ONE = {1, 1};
        private static final long[] NONE = {0, 0};
        private static final boolean AVX512 = Natives.isOnAvx512();

        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            var ordered = MemoryOrder.ofInput(x.toType(kernel.scalar_type()), kernel);
            tape.push(ordered);
            return convolve(c, ordered, kernel, bias);
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            return inputGradient(c, gradient, tape.pop(), kernel);
        }

        /**
         * The gradient with respect to the input. With AVX-512, oneDNN's backward pass for strides takes up to twice as long as
         * an older implementation that it still uses for dilated kernels: 0.86 ms against 0.43 ms for 64 images of 14 x 14, 16 to
         * 32 channels. So a convolution with a stride is passed as a convolution of volumes of depth 1 with dilation along the
         * depth; on a kernel of depth 1 this dilation has no effect. With AVX2 the older implementation is slower on many
         * channels.
         *
         * @param x only its shape is used
         */
        static Tensor inputGradient(Convolution c, Tensor gradient, Tensor x, Tensor kernel) {
            if (!AVX512 || c.stride() == 1 || kernel.scalar_type().intern() != ScalarType.Float) {
                return inputGradient(
                        gradient,
                        x,
                        kernel,
                        new long[] {c.stride(), c.stride()},
                        new long[] {c.padding(), c.padding()},
                        ONE,
                        NONE);
            }
            try (var volumes = gradient.unsqueeze(2);
                    var xVolumes = x.unsqueeze(2);
                    var deepKernel = kernel.unsqueeze(2);
                    var volumeGradient = inputGradient(
                            volumes,
                            xVolumes,
                            deepKernel,
                            new long[] {1, c.stride(), c.stride()},
                            new long[] {0, c.padding(), c.padding()},
                            new long[] {2, 1, 1},
                            new long[] {0, 0, 0})) {
                return volumeGradient.squeeze(2);
            }
        }

        private static Tensor inputGradient(
                Tensor gradient,
                Tensor x,
                Tensor kernel,
                long[] stride,
                long[] padding,
                long[] dilation,
                long[] outputPadding) {
            var outputMask = new BoolPointer(3).put(0, true).put(1, false).put(2, false);
            try (var gradients = convolution_backward(
                    gradient,
                    x,
                    kernel,
                    new LongArrayRefOptional(),
                    stride,
                    padding,
                    dilation,
                    false,
                    outputPadding,
                    1,
                    outputMask)) {
                return new Tensor(gradients.get0());
            }
        }

        static Tensor convolve(Convolution c, Tensor x, Tensor kernel, @Nullable Tensor bias) {
            long[] stride = {c.stride(), c.stride()};
            long[] padding = {c.padding(), c.padding()};
            var shift = bias == null ? new TensorOptional() : new TensorOptional(bias);
            return conv2d(x, kernel, shift, stride, padding, ONE, 1);
        }
    }

    /** Batch norm in evaluation mode with no convolution before it: {@code scale x + shift} per channel. */
    record Affine(Tensor scale, Tensor shift, Tensor zeros, Tensor ones) implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            return batch_norm(
                    x,
                    new TensorOptional(scale),
                    new TensorOptional(shift),
                    new TensorOptional(zeros),
                    new TensorOptional(ones),
                    false,
                    0,
                    0,
                    false);
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            return gradient.mul(scale.toType(gradient.scalar_type()).view(1, -1, 1, 1));
        }
    }

    /**
     * @param inPlace whether no other layer holds input and gradient. At the ends of a chain, a residual layer may hold them
     */
    record Relu(boolean inPlace) implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            var y = inPlace ? x.relu_() : x.relu();
            tape.push(y);
            return inPlace ? y : y.clone();
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            if (!inPlace) {
                return threshold_backward(gradient, tape.pop(), new Scalar(0f));
            }
            threshold_backward_out(gradient, gradient, tape.pop(), new Scalar(0f));
            return gradient;
        }
    }

    /** Mean over height and width. */
    record Pool() implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            tape.push(x);
            return x.mean(2, 3).toType(ScalarType.Float);
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var x = tape.pop();
            return MemoryOrder.ofGradient(gradient.div(new Scalar((double) (x.size(2) * x.size(3))))
                    .view(x.size(0), x.size(1), 1, 1)
                    .expand_as(x)
                    .toType(x.scalar_type()));
        }
    }

    /** [N, C, H, W] to [N, H*W*C], the order of channels-last maps in memory, so nothing is copied. {@link Weights#linear} has the same order. */
    record Flat() implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            tape.push(x);
            return x.permute(0, 2, 3, 1).flatten(1, -1).toType(ScalarType.Float);
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var x = tape.pop();
            return gradient.toType(x.scalar_type())
                    .view(x.size(0), x.size(2), x.size(3), x.size(1))
                    .permute(0, 3, 1, 2);
        }
    }

    /** @param weight shape [out, in] */
    record Dense(Tensor weight, Tensor bias) implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            return linear(x, weight, new TensorOptional(bias));
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            return gradient.mm(weight);
        }
    }

    /** Layers one after the other. */
    record Chain(List<TorchLayer> layers) implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            var y = x;
            for (var layer : layers) {
                y = layer.forward(y, tape);
            }
            return y;
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var g = gradient;
            for (int i = layers.size() - 1; i >= 0; i--) {
                var before = layers.get(i).backward(g, tape);
                if (g != before && g != gradient) {
                    g.close(); // now, not when the pass ends: each layer has one, as large as a map
                }
                g = before;
            }
            return g;
        }
    }

    /** {@code body(x) + shortcut(x)}; an empty shortcut is x. */
    record Sum(Chain body, Chain shortcut) implements TorchLayer {
        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            var y = body.forward(x, tape);
            return y.add_(shortcut.forward(x, tape));
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var shortcutGradient = shortcut.backward(gradient, tape);
            var inputGradient = body.backward(gradient, tape);
            inputGradient.add_(shortcutGradient);
            return inputGradient;
        }
    }
}
