package dev.frl.engine.torch;

import static org.bytedeco.pytorch.global.torch.batch_norm;
import static org.bytedeco.pytorch.global.torch.batch_norm_update_stats;
import static org.bytedeco.pytorch.global.torch.convolution_backward;
import static org.bytedeco.pytorch.global.torch.linear;
import static org.bytedeco.pytorch.global.torch.native_batch_norm_backward;
import static org.bytedeco.pytorch.global.torch.threshold_backward_out;

import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Linear;
import java.util.Arrays;
import java.util.Deque;
import org.bytedeco.javacpp.BoolPointer;
import org.bytedeco.pytorch.LongArrayRefOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** A layer in training mode. Its backward pass gives the gradients with respect to its parameters to the pass. For one pass. */
abstract class TrainedLayer implements TorchLayer {
    final TrainingPass pass;

    private TrainedLayer(TrainingPass pass) {
        this.pass = pass;
    }

    static final class Conv extends TrainedLayer {
        private static final long[] ONE = {1, 1};
        private static final long[] NONE = {0, 0};

        private final Convolution c;
        private final boolean first;
        private final Tensor kernel;

        /**
         * @param first whether the input is the images; training does not need the gradient with respect to them, so there is
         *     none
         */
        Conv(TrainingPass pass, Convolution c, boolean first) {
            super(pass);
            this.c = c;
            this.first = first;
            this.kernel = pass.weights().get(c.key() + ".weight");
        }

        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            var ordered = MemoryOrder.ofInput(x, kernel);
            tape.push(ordered);
            return TorchLayer.Conv.convolve(
                    c, ordered, kernel, c.bias() ? pass.weights().get(c.key() + ".bias") : null);
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var x = tape.pop();
            long[] stride = {c.stride(), c.stride()};
            long[] padding = {c.padding(), c.padding()};
            var biases = new LongArrayRefOptional(c.out());
            var outputMask = new BoolPointer(3).put(0, false).put(1, true).put(2, c.bias());
            try (var gradients = convolution_backward(
                    gradient, x, kernel, biases, stride, padding, ONE, false, NONE, 1, outputMask)) {
                pass.gradient(c.key() + ".weight", new Tensor(gradients.get1()));
                if (c.bias()) {
                    pass.gradient(c.key() + ".bias", new Tensor(gradients.get2()));
                }
            }
            return first ? new Tensor() : TorchLayer.Conv.inputGradient(c, gradient, x, kernel);
        }
    }

    /**
     * Synchronized batch norm over the whole batch, of which this pass may have one part, with the ReLU after it, if there is one:
     *
     * <pre>
     *   x̂ = (x − mean) / √(variance + ε),    y = γ x̂ + β
     *   ∂x = γ / √(variance + ε) (∂y − mean(∂y) − x̂ mean(∂y x̂))
     * </pre>
     */
    static final class Norm extends TrainedLayer {
        private final BatchNorm norm;
        private final boolean relu;
        private final Tensor gamma;
        private double[] variance = {};

        Norm(TrainingPass pass, BatchNorm norm, boolean relu) {
            super(pass);
            this.norm = norm;
            this.relu = relu;
            this.gamma = pass.weights().get(norm.key() + ".weight");
        }

        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            int channels = norm.channels();
            var ofPart = batch_norm_update_stats(x, new TensorOptional(), new TensorOptional(), 0);
            var partMean = NativeFloats.values(ofPart.get0());
            var partVariance = NativeFloats.values(ofPart.get1());
            double count = (double) x.numel() / channels;
            var sums = new double[2 * channels + 1];
            sums[2 * channels] = count;
            for (int k = 0; k < channels; k++) {
                sums[k] = count * partMean[k];
                sums[channels + k] = count * (partVariance[k] + (double) partMean[k] * partMean[k]);
            }
            var all = pass.rank().sum(sums);
            double n = all[2 * channels];
            var means = new double[channels];
            variance = new double[channels];
            for (int k = 0; k < channels; k++) {
                means[k] = all[k] / n;
                variance[k] = Math.max(0, all[channels + k] / n - means[k] * means[k]);
            }
            var mean = vector(means);
            pass.statistic(norm.key() + ".running_mean", mean);
            pass.statistic(
                    norm.key() + ".running_var",
                    vector(Arrays.stream(variance).map(v -> v * n / (n - 1)).toArray()));
            var y = affine(x, gamma, pass.weights().get(norm.key() + ".bias"), mean, vector(variance));
            tape.push(mean);
            tape.push(x);
            if (relu) {
                y.relu_();
                tape.push(y);
            }
            return y;
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            if (relu) {
                threshold_backward_out(gradient, gradient, tape.pop(), new Scalar(0f));
            }
            var x = tape.pop();
            var mean = tape.pop();
            var spread = vector(variance);
            var inverseDeviation = vector(Arrays.stream(variance)
                    .map(v -> 1 / Math.sqrt(v + BatchNorm.EPSILON))
                    .toArray());
            var ofPart = native_batch_norm_backward(
                    gradient,
                    x,
                    new TensorOptional(gamma),
                    new TensorOptional(mean),
                    new TensorOptional(spread),
                    new TensorOptional(mean), // the CPU reads the statistics above, CUDA these two
                    new TensorOptional(inverseDeviation),
                    false,
                    BatchNorm.EPSILON,
                    new BoolPointer(3).put(0, false).put(1, true).put(2, true));
            pass.gradient(norm.key() + ".weight", ofPart.get1());
            pass.gradient(norm.key() + ".bias", ofPart.get2());

            int channels = norm.channels();
            var gammaGradient = NativeFloats.values(ofPart.get1());
            var betaGradient = NativeFloats.values(ofPart.get2());
            var sums = new double[2 * channels + 1];
            sums[2 * channels] = (double) x.numel() / channels;
            for (int k = 0; k < channels; k++) {
                sums[k] = gammaGradient[k];
                sums[channels + k] = betaGradient[k];
            }
            var all = pass.rank().sum(sums);
            var gammas = NativeFloats.values(gamma);
            var scale = new double[channels];
            var factor = new double[channels];
            var shift = new double[channels];
            for (int k = 0; k < channels; k++) {
                scale[k] = gammas[k] / Math.sqrt(variance[k] + BatchNorm.EPSILON);
                factor[k] = -scale[k] * all[k] / all[2 * channels];
                shift[k] = -scale[k] * all[channels + k] / all[2 * channels];
            }
            var inputGradient = affine(x, vector(factor), vector(shift), mean, spread);
            inputGradient.addcmul_(gradient, vector(scale).view(1, -1, 1, 1));
            return inputGradient;
        }

        /** factor x̂ + shift per channel. */
        private static Tensor affine(Tensor x, Tensor factor, Tensor shift, Tensor mean, Tensor variance) {
            return batch_norm(
                    x,
                    new TensorOptional(factor),
                    new TensorOptional(shift),
                    new TensorOptional(mean),
                    new TensorOptional(variance),
                    false,
                    0,
                    BatchNorm.EPSILON,
                    false);
        }

        private static Tensor vector(double[] values) {
            var floats = new float[values.length];
            for (int k = 0; k < values.length; k++) {
                floats[k] = (float) values[k];
            }
            return NativeFloats.tensor(floats, floats.length);
        }
    }

    static final class Dense extends TrainedLayer {
        private final Linear l;
        private final Tensor weight;

        Dense(TrainingPass pass, Linear l) {
            super(pass);
            this.l = l;
            this.weight = pass.weights().linear(l.key());
        }

        @Override
        public Tensor forward(Tensor x, Deque<Tensor> tape) {
            tape.push(x);
            return linear(x, weight, new TensorOptional(pass.weights().get(l.key() + ".bias")));
        }

        @Override
        public Tensor backward(Tensor gradient, Deque<Tensor> tape) {
            var weightGradient = gradient.t().mm(tape.pop());
            pass.gradient(l.key() + ".weight", pass.weights().inShapeOfWeight(l.key(), weightGradient));
            pass.gradient(l.key() + ".bias", gradient.sum(0));
            return gradient.mm(weight);
        }
    }
}
