package dev.frl.engine.torch;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.kit.threads.BatchParts;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.Architecture.BatchNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Takes one step, in parts as {@link BatchParts} has them, each in a pass of its own. */
final class TorchTrainer {
    private final Architecture architecture;
    private final Workers workers;

    TorchTrainer(Architecture architecture, Workers workers) {
        this.architecture = architecture;
        this.workers = workers;
    }

    /** Learning rate of this step, and what stays the same. */
    record Optimizer(double learningRate, OptimizerSettings settings) {}

    /**
     * Changes weights and momentum.
     *
     * @param images of each kind, shape [count, C, H, W]
     * @param lossOf takes the logits of each kind, shape [count, classes]
     * @return the loss before the step
     */
    double step(
            List<float[]> images,
            int count,
            Function<List<float[]>, TrainingLoss.Slope> lossOf,
            Weights weights,
            Weights momentum,
            Optimizer optimizer) {
        var halves = new BatchParts(workers, images.size(), count);
        var passes = new TrainingPass[halves.parts()];
        try {
            var logits = halves.all(images, architecture.pixels(), (number, part, rows, rank) -> {
                passes[number] = new TrainingPass(architecture, weights);
                return passes[number].forward(part, rows, rank);
            });
            var loss = lossOf.apply(halves.joined(logits));
            halves.all(loss.byLogits(), architecture.classes(), (number, part, rows, rank) -> {
                passes[number].backward(part, rank);
                return true;
            });
            workers.one(() -> {
                update(List.of(passes), halves.firsts(), weights, momentum, optimizer);
                return true;
            });
            return loss.value();
        } finally {
            closeEach(passes);
        }
    }

    /** Each on its own thread, those too that broke off. */
    private void closeEach(@Nullable TrainingPass[] passes) {
        var tasks = new ArrayList<Callable<Boolean>>();
        for (var pass : passes) {
            tasks.add(() -> {
                if (pass != null) {
                    pass.close();
                }
                return true;
            });
        }
        workers.all(tasks);
    }

    /** PyTorch's SGD: v ← momentum v + (g + weightDecay w); w ← w − learningRate v. */
    private void update(
            List<TrainingPass> passes, List<Integer> firsts, Weights weights, Weights momentum, Optimizer optimizer) {
        try (var scope = new PointerScope()) {
            var keep = new Scalar(optimizer.settings().momentum());
            var decay = new Scalar(optimizer.settings().weightDecay());
            var rate = new Scalar(optimizer.learningRate());
            String spoilt = null;
            for (var name : architecture.shapes().keySet()) {
                if (Architecture.isParameter(name)) {
                    var gradient = passes.get(0).gradient(name);
                    for (var pass : passes.subList(1, passes.size())) {
                        gradient.add_(pass.gradient(name));
                    }
                    spoilt = isFinite(gradient) ? spoilt : name;
                    var w = weights.get(name);
                    var v = momentum.get(Architecture.MOMENTUM_BUFFER + name);
                    v.mul_(keep).add_(gradient).add_(w, decay);
                    w.sub_(v, rate);
                }
            }
            if (spoilt != null) { // the last in order, since gradients go backwards
                throw new NotFiniteException("gradient of " + spoilt);
            }
            for (int first : firsts) { // all parts of a kind know the same
                passes.get(first).moveStatistics();
                architecture.leaves().forEach(layer -> {
                    if (layer instanceof BatchNorm norm) {
                        weights.countBatch(norm.key());
                    }
                });
            }
        }
    }

    /** As doubles, floats cannot overflow: their sum is finite if, and only if, each of them is. As floats it is found sooner. */
    private static boolean isFinite(Tensor values) {
        return Float.isFinite(values.sum().item_float())
                || Double.isFinite(
                        values.sum(new ScalarTypeOptional(ScalarType.Double)).item_double());
    }
}
