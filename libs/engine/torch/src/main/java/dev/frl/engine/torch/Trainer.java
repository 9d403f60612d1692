package dev.frl.engine.torch;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Workers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Takes one step. The natural and the adversarial batch of TRADES go through passes of their own, one a thread, and so do two
 * halves of one batch: a step uses two processors, and its numbers do not depend on how many there are.
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
     * One kind of images, in two halves, each on a thread; in one where batch norm needs the whole batch.
     *
     * @param lossOf takes the logits of all
     */
    double oneSided(
            float[] images,
            int count,
            Function<float[], TrainingLoss> lossOf,
            Weights weights,
            Weights momentum,
            Optimizer optimizer) {
        var halves = architecture.halves(count);
        int pixels = architecture.pixels();
        int first = halves.get(0);
        var parts = halves.size() == 1
                ? List.of(images)
                : List.of(
                        Arrays.copyOf(images, first * pixels),
                        Arrays.copyOfRange(images, first * pixels, count * pixels));
        return step(parts, halves, lossOf.compose(Trainer::joined), weights, momentum, optimizer);
    }

    private static float[] joined(List<float[]> parts) {
        var all = new float[parts.stream().mapToInt(part -> part.length).sum()];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    /**
     * Changes weights and momentum.
     *
     * @param images of each pass, shape [its count, C, H, W]
     * @param lossOf takes the logits of each pass
     * @return the loss before the step
     */
    double step(
            List<float[]> images,
            List<Integer> counts,
            Function<List<float[]>, TrainingLoss> lossOf,
            Weights weights,
            Weights momentum,
            Optimizer optimizer) {
        var passes = new ArrayList<TrainingPass>();
        try {
            var makers = new ArrayList<Callable<TrainingPass>>();
            for (int i = 0; i < images.size(); i++) {
                var input = images.get(i);
                int count = counts.get(i);
                makers.add(() -> new TrainingPass(architecture, weights, input, count));
            }
            passes.addAll(workers.all(makers));
            var loss = workers.one(
                    () -> lossOf.apply(passes.stream().map(TrainingPass::logits).toList()));
            var gradients = joined(loss.byLogits());
            var backward = new ArrayList<Callable<Boolean>>();
            int at = 0;
            for (int i = 0; i < passes.size(); i++) {
                var pass = passes.get(i);
                int to = at + counts.get(i) * architecture.classes();
                var byLogits = Arrays.copyOfRange(gradients, at, to);
                at = to;
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
