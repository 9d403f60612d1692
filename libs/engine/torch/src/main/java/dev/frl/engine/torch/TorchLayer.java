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
import org.bytedeco.pytorch.global.torch.MemoryFormat;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A layer, forward and back to the gradient by its input. Written out rather than left to libtorch's autograd, which would
 * keep more and could overwrite nothing. Here are layers with fixed weights or none; {@link TrainedLayer} has those with
 * gradients by their weights too. Maps are of shape [N, C, H, W], in channels-last order but around large kernels. Several
 * threads may use a layer.
 */
interface TorchLayer {
    /**
     * @param x not changed, but by a ReLU in place
     * @param tape gets on top what the way back needs
     */
    Tensor forward(Tensor x, Deque<Tensor> tape);

    /**
     * @param gradient by this layer's output; not changed, but by a ReLU in place, alone or behind a batch norm
     * @param tape what the way forward left, which is taken off
     * @return {@code gradient}, or a tensor that owns its memory: libtorch's operations in place return a mere reference
     */
    Tensor backward(Tensor gradient, Deque<Tensor> tape);

    /** @param inside whether input and gradient belong to nobody else, as a {@link Relu} in place needs it */
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
            return byInput(c, gradient, tape.pop(), kernel);
        }

        /**
         * The gradient by the input. With AVX-512, oneDNN's way back through strides takes up to twice as long as an older
         * one that it still has for dilated kernels: 0.86 ms and 0.43 for 64 images of 14 x 14, 16 to 32 channels. So a
         * convolution with a stride is called one of volumes of depth 1, dilated along their depth, where a kernel of depth
         * 1 has nothing to spread. With AVX2 the older one is slower where there are many channels.
         *
         * @param x of which the shape is used, not the values
         */
        static Tensor byInput(Convolution c, Tensor gradient, Tensor x, Tensor kernel) {
            if (!AVX512 || c.stride() == 1 || kernel.scalar_type().intern() != ScalarType.Float) {
                return byInput(
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
                    var byVolumes = byInput(
                            volumes,
                            xVolumes,
                            deepKernel,
                            new long[] {1, c.stride(), c.stride()},
                            new long[] {0, c.padding(), c.padding()},
                            new long[] {2, 1, 1},
                            new long[] {0, 0, 0})) {
                return byVolumes.squeeze(2);
            }
        }

        private static Tensor byInput(
                Tensor gradient,
                Tensor x,
                Tensor kernel,
                long[] stride,
                long[] padding,
                long[] dilation,
                long[] outputPadding) {
            var wanted = new BoolPointer(3).put(0, true).put(1, false).put(2, false);
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
                    wanted)) {
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

    /** Batch norm in evaluation mode that no convolution could take in: {@code scale x + shift}, by channel. */
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
     * @param inPlace whether input and gradient belong to nobody else: at neither end of a chain, where a residual layer
     *     may hold them too
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
            return gradient.div(new Scalar((double) (x.size(2) * x.size(3))))
                    .view(x.size(0), x.size(1), 1, 1)
                    .expand_as(x)
                    .toType(x.scalar_type())
                    .contiguous(MemoryFormat.ChannelsLast);
        }
    }

    /** [N, C, H, W] to [N, H*W*C]: in the order of memory, so nothing is copied. {@link Weights#linear} follows. */
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
                    g.close(); // not when the pass ends: there is one for each layer, as large as a map
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
            var byShortcut = shortcut.backward(gradient, tape);
            var byInput = body.backward(gradient, tape);
            byInput.add_(byShortcut);
            return byInput;
        }
    }
}
