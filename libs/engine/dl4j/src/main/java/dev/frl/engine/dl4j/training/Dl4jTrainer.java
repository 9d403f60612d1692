package dev.frl.engine.dl4j.training;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.kit.threads.AllReduce;
import dev.frl.engine.kit.threads.BatchParts;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.BatchPasses;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Gradients and optimizer. Two graphs share one array of parameters, one graph for each part of a batch ({@link BatchParts}).
 * They run at the same time, each on its own worker, and their gradients are added in a fixed order.
 */
public final class Dl4jTrainer implements AutoCloseable {
    private final Architecture architecture;
    private final Workers workers;
    private final Parameters parameters;
    private final GraphOrder order;
    private final INDArray shared;
    private final List<TrainingGraph> graphs = new ArrayList<>();
    private final List<float[]> gradients = new ArrayList<>();
    private float @Nullable [] momentum;

    /** Call on a worker. */
    public Dl4jTrainer(Architecture architecture, Workers workers, Parameters parameters) {
        this.architecture = architecture;
        this.workers = workers;
        this.parameters = parameters;
        int size = parameters.values().length;
        this.shared = NativeFloats.zeros(1, size);
        for (int i = 0; i < 2; i++) {
            graphs.add(new TrainingGraph(architecture, shared));
            gradients.add(new float[size]);
        }
        this.order = new GraphOrder(architecture, parameters, graphs.get(0).layersInOrder());
    }

    /**
     * Changes parameters, statistics and momentum.
     *
     * @param images images of each kind, shape [count, C, H, W]
     * @param loss loss as a function of the logits of each kind
     * @return the loss before the step
     */
    public double step(List<float[]> images, int count, TrainingLoss.OfLogits loss, TrainStep step) {
        workers.each(1, worker -> order.toGraph(parameters.values(), shared));
        var parts = new BatchParts(workers, images.size(), count);
        double before = passes(images, parts, loss);
        for (int first : parts.firsts()) { // all parts of a kind have the same statistics
            moveStatistics(gradients.get(first), count);
        }
        update(parts.parts(), step);
        return before;
    }

    private double passes(List<float[]> images, BatchParts parts, TrainingLoss.OfLogits loss) {
        try {
            return new Passes().run(parts, architecture, images, loss);
        } catch (RuntimeException e) {
            workers.each(graphs.size(), i -> graphs.get(i).release());
            throw e;
        }
    }

    /** Part i goes through graph i. */
    private final class Passes implements BatchPasses {
        @Override
        public float[] forward(int part, float[] images, int rows, AllReduce.Rank rank) {
            return graphs.get(part).forward(images, rows, rank);
        }

        @Override
        public void backward(int part, float[] logitGradient, AllReduce.Rank rank) {
            order.fromGraph(graphs.get(part).backward(logitGradient, rank), gradients.get(part));
        }
    }

    /** Moves running statistics towards the batch's; there the variance is divided by the number of values minus one. */
    private void moveStatistics(float[] gradient, int count) {
        moveStatistics(architecture.layers(), architecture.height(), architecture.width(), gradient, count);
    }

    private void moveStatistics(List<Layer> layers, int mapHeight, int mapWidth, float[] gradient, int count) {
        int height = mapHeight;
        int width = mapWidth;
        for (var layer : layers) {
            if (layer instanceof Residual r) {
                moveStatistics(r.body(), height, width, gradient, count);
                moveStatistics(r.shortcut(), height, width, gradient, count);
            } else if (layer instanceof BatchNorm norm) {
                moveStatistics(norm, (double) count * height * width, gradient);
            }
            height = layer.outputSize(height);
            width = layer.outputSize(width);
        }
    }

    /** @param n values per channel */
    private void moveStatistics(BatchNorm norm, double n, float[] gradient) {
        var values = parameters.values();
        int mean = parameters.offset(norm.key() + ".running_mean");
        int variance = parameters.offset(norm.key() + ".running_var");
        for (int c = 0; c < norm.channels(); c++) {
            double unbiased = gradient[variance + c] * n / (n - 1);
            values[mean + c] += (float) (BatchNorm.MOMENTUM * (gradient[mean + c] - values[mean + c]));
            values[variance + c] += (float) (BatchNorm.MOMENTUM * (unbiased - values[variance + c]));
        }
        parameters.countBatch(norm.key());
    }

    /** One step of {@link dev.frl.core.settings.OptimizerSettings}. */
    private void update(int terms, TrainStep step) {
        var values = parameters.values();
        var velocity = momentum == null ? new float[values.length] : momentum;
        momentum = velocity;
        var first = gradients.get(0);
        var second = gradients.get(1);
        float keep = (float) step.optimizer().momentum();
        float decay = (float) step.optimizer().weightDecay();
        float rate = (float) step.learningRate();
        boolean nesterov = step.optimizer().nesterov();
        String notFinite = null;
        for (var name : parameters.parameterNames()) {
            int from = parameters.offset(name);
            int to = from + parameters.size(name);
            float sum = 0;
            for (int i = from; i < to; i++) {
                float gradient = terms == 1 ? first[i] : first[i] + second[i];
                sum += gradient * 0; // NaN as soon as one gradient is NaN or infinite
                float d = gradient + decay * values[i];
                velocity[i] = keep * velocity[i] + d;
                values[i] -= rate * (nesterov ? d + keep * velocity[i] : velocity[i]);
            }
            if (Float.isNaN(sum)) {
                notFinite = name;
            }
        }
        if (notFinite != null) { // the last in order, because the backward pass reaches it first
            throw new NotFiniteException("gradient of " + notFinite);
        }
    }

    public NamedTensors optimizerState() {
        return momentum == null ? NamedTensors.empty() : parameters.copyOutMomentum(momentum);
    }

    public void loadOptimizer(NamedTensors state) {
        if (state.isEmpty()) {
            momentum = null;
            return;
        }
        var velocity = new float[parameters.values().length];
        state.asMap().forEach((name, tensor) -> {
            int at = parameters.offset(name.substring(Architecture.MOMENTUM_BUFFER.length()));
            System.arraycopy(((Floats) tensor).values(), 0, velocity, at, tensor.size());
        });
        momentum = velocity;
    }

    /** Call on a worker. */
    @Override
    public void close() {
        graphs.forEach(TrainingGraph::close);
        shared.close();
    }
}
