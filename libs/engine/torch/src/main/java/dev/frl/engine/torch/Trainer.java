package dev.frl.engine.torch;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Takes one step. The natural and the adversarial batch of TRADES go through passes of their own, one a thread: so a step
 * uses two processors, and its numbers do not depend on how many there are.
 */
final class Trainer {
    private final Architecture architecture;
    private final Workers workers;

    Trainer(Architecture architecture, Workers workers) {
        this.architecture = architecture;
        this.workers = workers;
    }

    /** Learning rate of this step, and what stays the same. */
    record Optimizer(double learningRate, OptimizerSettings settings) {}

    /**
     * Changes weights and momentum.
     *
     * @param images of each pass, shape [count, C, H, W]
     * @param lossOf takes the logits of each pass
     * @return the loss before the step
     */
    double step(
            List<float[]> images,
            int count,
            Function<List<float[]>, TrainingLoss> lossOf,
            Weights weights,
            Weights momentum,
            Optimizer optimizer) {
        var passes = new ArrayList<TrainingPass>();
        try {
            var makers = new ArrayList<Callable<TrainingPass>>();
            images.forEach(input -> makers.add(() -> new TrainingPass(architecture, weights, input, count)));
            passes.addAll(workers.all(makers));
            var loss = workers.one(
                    () -> lossOf.apply(passes.stream().map(TrainingPass::logits).toList()));
            var backward = new ArrayList<Callable<Boolean>>();
            for (int i = 0; i < passes.size(); i++) {
                var pass = passes.get(i);
                var byLogits = loss.byLogits().get(i);
                backward.add(() -> {
                    pass.backward(byLogits);
                    return true;
                });
            }
            workers.all(backward);
            workers.one(() -> {
                update(passes, weights, momentum, optimizer);
                return true;
            });
            return loss.value();
        } finally {
            onEach(passes, TrainingPass::close);
        }
    }

    private void onEach(List<TrainingPass> passes, Consumer<TrainingPass> action) {
        var tasks = new ArrayList<Callable<Boolean>>();
        passes.forEach(pass -> tasks.add(() -> {
            action.accept(pass);
            return true;
        }));
        workers.all(tasks);
    }

    /** PyTorch's SGD: v ← momentum v + (g + weightDecay w); w ← w − learningRate v. */
    private void update(List<TrainingPass> passes, Weights weights, Weights momentum, Optimizer optimizer) {
        try (var scope = new PointerScope()) {
            var keep = new Scalar(optimizer.settings().momentum());
            var decay = new Scalar(optimizer.settings().weightDecay());
            var rate = new Scalar(optimizer.learningRate());
            String spoilt = null;
            for (var name : architecture.shapes().keySet()) {
                if (Architecture.isParameter(name)) {
                    var gradient = passes.get(0).gradient(name);
                    for (var pass : passes.subList(1, passes.size())) {
                        gradient = gradient.add(pass.gradient(name));
                    }
                    // As doubles, floats cannot overflow: the sum is finite if, and only if, each of them is.
                    if (!Double.isFinite(gradient.sum(new ScalarTypeOptional(ScalarType.Double))
                            .item_double())) {
                        spoilt = name;
                    }
                    var w = weights.get(name);
                    var v = momentum.get(Architecture.MOMENTUM_BUFFER + name);
                    v.mul_(keep).add_(gradient).add_(w, decay);
                    w.sub_(v, rate);
                }
            }
            if (spoilt != null) { // the last in order, since gradients go backwards
                throw new NotFiniteException("gradient of " + spoilt);
            }
            for (var pass : passes) {
                pass.moveStatistics();
                architecture.leaves().forEach(layer -> {
                    if (layer instanceof BatchNorm norm) {
                        weights.countBatch(norm.key());
                    }
                });
            }
        }
    }
}
