package dev.frl.engine.torch;

import dev.frl.engine.NotFiniteException;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.kit.threads.AllReduce;
import dev.frl.engine.kit.threads.BatchParts;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.BatchPasses;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Gradients and optimizer. Each part of a batch ({@link BatchParts}) has its own pass. */
final class TorchTrainer {
    private final Architecture architecture;
    private final Workers workers;

    TorchTrainer(Architecture architecture, Workers workers) {
        this.architecture = architecture;
        this.workers = workers;
    }

    /**
     * Changes weights and momentum.
     *
     * @param images images of each kind, shape [count, C, H, W]
     * @param loss loss as a function of the logits of each kind
     * @return the loss before the step
     */
    double step(
            List<float[]> images,
            int count,
            TrainingLoss.OfLogits loss,
            Weights weights,
            Weights momentum,
            TrainStep step) {
        var parts = new BatchParts(workers, images.size(), count);
        var passes = new Passes(weights, parts.parts());
        try {
            double before = passes.run(parts, architecture, images, loss);
            workers.each(1, worker -> update(List.of(passes.each), parts.firsts(), weights, momentum, step));
            return before;
        } finally {
            workers.each(parts.parts(), passes::close); // each on its own thread, failed ones too
        }
    }

    /** Part i has pass i. */
    private final class Passes implements BatchPasses {
        final Weights weights;
        final TrainingPass[] each;

        Passes(Weights weights, int parts) {
            this.weights = weights;
            this.each = new TrainingPass[parts];
        }

        @Override
        public float[] forward(int part, float[] images, int rows, AllReduce.Rank rank) {
            each[part] = new TrainingPass(architecture, weights);
            return each[part].forward(images, rows, rank);
        }

        @Override
        public void backward(int part, float[] logitGradient, AllReduce.Rank rank) {
            each[part].backward(logitGradient, rank);
        }

        void close(int part) {
            @Nullable TrainingPass pass = each[part];
            if (pass != null) {
                pass.close();
            }
        }
    }

    /** One step of {@link dev.frl.core.settings.OptimizerSettings}. */
    private void update(
            List<TrainingPass> passes, List<Integer> firsts, Weights weights, Weights momentum, TrainStep step) {
        try (var scope = new PointerScope()) {
            var keep = new Scalar(step.optimizer().momentum());
            var decay = new Scalar(step.optimizer().weightDecay());
            var rate = new Scalar(step.learningRate());
            String notFinite = null;
            for (var name : architecture.shapes().keySet()) {
                if (Architecture.isParameter(name)) {
                    var gradient = passes.get(0).gradient(name);
                    for (var pass : passes.subList(1, passes.size())) {
                        gradient.add_(pass.gradient(name));
                    }
                    notFinite = isFinite(gradient) ? notFinite : name;
                    var w = weights.get(name);
                    var v = momentum.get(Architecture.MOMENTUM_BUFFER + name);
                    v.mul_(keep).add_(gradient).add_(w, decay);
                    w.sub_(step.optimizer().nesterov() ? gradient.add_(w, decay).add_(v, keep) : v, rate);
                }
            }
            if (notFinite != null) { // the last in order, because the backward pass reaches it first
                throw new NotFiniteException("gradient of " + notFinite);
            }
            for (int first : firsts) { // all parts of a kind have the same statistics
                passes.get(first).moveStatistics();
                architecture.leaves().forEach(layer -> {
                    if (layer instanceof BatchNorm norm) {
                        weights.countBatch(norm.key());
                    }
                });
            }
        }
    }

    /**
     * In double precision a sum of floats cannot overflow, so it is finite if and only if each of them is. The sum in floats is
     * faster.
     */
    private static boolean isFinite(Tensor values) {
        return Float.isFinite(values.sum().item_float())
                || Double.isFinite(
                        values.sum(new ScalarTypeOptional(ScalarType.Double)).item_double());
    }
}
