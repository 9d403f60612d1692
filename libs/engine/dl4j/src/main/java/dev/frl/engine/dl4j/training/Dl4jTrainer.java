package dev.frl.engine.dl4j.training;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.dl4j.natives.NativeFloats;
import dev.frl.engine.dl4j.natives.Parameters;
import dev.frl.engine.kit.threads.BatchParts;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import dev.frl.engine.net.Architecture.Layer;
import dev.frl.engine.net.Architecture.Residual;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Gradient and optimizer. Two graphs share one array of parameters, one for each kind of images of TRADES, or for each
 * half of a batch. They run at the same time, each on its worker, and their gradients are added in a fixed order.
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

    /** Learning rate of this step, and what stays the same. */
    public record Optimizer(double learningRate, OptimizerSettings settings) {}

    /**
     * Changes parameters, statistics and momentum.
     *
     * @param images of each kind, shape [count, C, H, W]
     * @param lossOf takes the logits of each kind, shape [count, classes]
     * @return the loss before the step
     */
    public double step(
            List<float[]> images, int count, Function<List<float[]>, TrainingLoss.Slope> lossOf, Optimizer optimizer) {
        workers.one(() -> {
            order.toGraph(parameters.values(), shared);
            return true;
        });
        var halves = new BatchParts(workers, images.size(), count);
        double loss = throughGraphs(images, halves, lossOf);
        for (int first : halves.firsts()) { // all parts of a kind know the same
            moveStatistics(gradients.get(first), count);
        }
        update(halves.parts(), optimizer);
        return loss;
    }

    /** Forward and back; returns the loss. */
    private double throughGraphs(
            List<float[]> images, BatchParts halves, Function<List<float[]>, TrainingLoss.Slope> lossOf) {
        try {
            var logits = halves.all(
                    images,
                    architecture.pixels(),
                    (number, part, rows, rank) -> graphs.get(number).forward(part, rows, rank));
            var loss = lossOf.apply(halves.joined(logits));
            halves.all(loss.byLogits(), architecture.classes(), (number, part, rows, rank) -> {
                order.fromGraph(graphs.get(number).backward(part, rank), gradients.get(number));
                return true;
            });
            return loss.value();
        } catch (RuntimeException e) {
            var tasks = new ArrayList<Callable<Boolean>>();
            for (var graph : graphs) {
                tasks.add(() -> {
                    graph.release();
                    return true;
                });
            }
            workers.all(tasks);
            throw e;
        }
    }

    /** Running statistics move towards the batch's, the variance divided by the number of values less one there. */
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

    /** @param n values a channel */
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

    /** PyTorch's SGD: v ← momentum v + (g + weightDecay w); w ← w − learningRate v. */
    private void update(int terms, Optimizer optimizer) {
        var values = parameters.values();
        var velocity = momentum == null ? new float[values.length] : momentum;
        momentum = velocity;
        var first = gradients.get(0);
        var second = gradients.get(1);
        float keep = (float) optimizer.settings().momentum();
        float decay = (float) optimizer.settings().weightDecay();
        float rate = (float) optimizer.learningRate();
        String spoilt = null;
        for (var name : parameters.parameterNames()) {
            int from = parameters.offset(name);
            int to = from + parameters.size(name);
            float sum = 0;
            for (int i = from; i < to; i++) {
                float gradient = terms == 1 ? first[i] : first[i] + second[i];
                sum += gradient * 0; // NaN as soon as one gradient is NaN or infinite
                velocity[i] = keep * velocity[i] + (gradient + decay * values[i]);
                values[i] -= rate * velocity[i];
            }
            if (Float.isNaN(sum)) {
                spoilt = name;
            }
        }
        if (spoilt != null) { // the last in order, since gradients go backwards
            throw new NotFiniteException("gradient of " + spoilt);
        }
    }

    public NamedTensors optimizerState() {
        return momentum == null ? NamedTensors.empty() : parameters.copyOut(Architecture.MOMENTUM_BUFFER, momentum);
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
