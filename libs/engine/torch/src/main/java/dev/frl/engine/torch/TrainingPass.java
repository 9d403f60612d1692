package dev.frl.engine.torch;

import dev.frl.engine.kit.threads.AllReduce;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Convolution;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Linear;
import dev.frl.engine.net.Architecture.Relu;
import dev.frl.engine.net.Architecture.Residual;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Forward and backward pass through the net in training mode, of a batch or of one part. For the thread that created it; its
 * tensors exist until it is closed.
 */
final class TrainingPass implements AutoCloseable {
    private final PointerScope scope = new PointerScope();
    private final Map<String, Tensor> gradients = new HashMap<>();
    private final Map<String, Tensor> statistics = new LinkedHashMap<>();
    private final Deque<Tensor> tape = new ArrayDeque<>();
    private final Architecture architecture;
    private final Weights weights;
    private final TorchLayer layers;
    private AllReduce.Rank rank = AllReduce.Rank.ALONE;

    TrainingPass(Architecture architecture, Weights weights) {
        this.architecture = architecture;
        this.weights = weights;
        this.layers = new Builder().chain(architecture.layers());
    }

    /**
     * @param images shape [count, C, H, W]
     * @param partRank rank of the part
     * @return logits, shape [count, classes]
     */
    float[] forward(float[] images, int count, AllReduce.Rank partRank) {
        rank = partRank;
        var x = NativeFloats.tensor(
                images, count, architecture.channels(), architecture.height(), architecture.width());
        return NativeFloats.values(layers.forward(MemoryOrder.ofImages(x), tape));
    }

    /**
     * The backward pass after the last {@link #forward}.
     *
     * @param logitGradients gradient of the loss with respect to the logits, shape [count, classes]
     * @param partRank rank of the part
     */
    void backward(float[] logitGradients, AllReduce.Rank partRank) {
        rank = partRank;
        int classes = architecture.classes();
        layers.backward(NativeFloats.tensor(logitGradients, logitGradients.length / classes, classes), tape);
    }

    /** Rank in the current pass. */
    AllReduce.Rank rank() {
        return rank;
    }

    Weights weights() {
        return weights;
    }

    /** Keeps the gradient of the loss with respect to a parameter. */
    void gradient(String parameter, Tensor gradient) {
        gradients.put(parameter, gradient);
    }

    /** The gradient of the loss with respect to a parameter. */
    Tensor gradient(String parameter) {
        return Objects.requireNonNull(gradients.get(parameter), parameter);
    }

    /** Keeps a statistic of the whole batch: a mean, or a variance divided by the number of values minus one. */
    void statistic(String runningStatistic, Tensor ofBatch) {
        statistics.put(runningStatistic, ofBatch);
    }

    /** Moves the running statistics towards this batch's. */
    void moveStatistics() {
        statistics.forEach((name, ofBatch) -> weights.get(name).lerp_(ofBatch, new Scalar(BatchNorm.MOMENTUM)));
    }

    @Override
    public void close() {
        scope.close();
    }

    private final class Builder {
        TorchLayer.Chain chain(List<Layer> chain) {
            var layers = new ArrayList<TorchLayer>();
            for (int i = 0; i < chain.size(); i++) {
                var layer = chain.get(i);
                // At the ends of a chain, a residual layer may also hold input or output.
                boolean inside = i > 0 && i < chain.size() - 1;
                if (layer instanceof BatchNorm norm) {
                    boolean relu = i < chain.size() - 2 && chain.get(i + 1) instanceof Relu;
                    layers.add(new TrainedLayer.Norm(TrainingPass.this, norm, relu));
                    i += relu ? 1 : 0;
                } else {
                    layers.add(alone(layer, inside));
                }
            }
            return new TorchLayer.Chain(layers);
        }

        private TorchLayer alone(Layer layer, boolean inside) {
            if (layer instanceof Convolution c) {
                return new TrainedLayer.Conv(
                        TrainingPass.this, c, c == architecture.layers().get(0));
            } else if (layer instanceof Linear l) {
                return new TrainedLayer.Dense(TrainingPass.this, l);
            } else if (layer instanceof Residual r) {
                return new TorchLayer.Sum(chain(r.body()), chain(r.shortcut()));
            }
            return TorchLayer.withoutWeights(layer, inside);
        }
    }
}
