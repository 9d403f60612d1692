package dev.frl.engine.torch;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.Architecture;
import dev.frl.engine.Architecture.BatchNorm;
import dev.frl.engine.Halves;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.TrainingLoss;
import dev.frl.engine.Workers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Takes one step. The natural and the adversarial images of TRADES go through passes of their own, each on a thread; of one
 * kind of images two halves do. (Halves of both kinds cost 3 % in {@code cnn-small} and 10 % in {@code cnn-bn} on two processors.)
 * The numbers do not depend on how many threads work at the same time.
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
        var counts = images.size() == 1 ? Halves.of(count) : List.of(count);
        var passes = new ArrayList<TrainingPass>();
        try {
            var makers = new ArrayList<Callable<TrainingPass>>();
            for (var kind : images) {
                var meeting = workers.meeting(counts.size());
                var parts = Halves.cut(kind, counts, architecture.pixels());
                for (int i = 0; i < parts.size(); i++) {
                    var part = parts.get(i);
                    int rows = counts.get(i);
                    makers.add(meeting.attended(i, seat -> new TrainingPass(architecture, weights, part, rows, seat)));
                }
            }
            passes.addAll(workers.all(makers));
            var loss = workers.one(() -> lossOf.apply(logits(passes, counts.size())));
            var backward = new ArrayList<Callable<Boolean>>();
            for (var kind : loss.byLogits()) {
                var meeting = workers.meeting(counts.size());
                var parts = Halves.cut(kind, counts, architecture.classes());
                for (int i = 0; i < parts.size(); i++) {
                    var pass = passes.get(backward.size());
                    var part = parts.get(i);
                    backward.add(meeting.attended(i, seat -> {
                        pass.backward(part, seat);
                        return true;
                    }));
                }
            }
            workers.all(backward);
            workers.one(() -> {
                update(passes, counts.size(), weights, momentum, optimizer);
                return true;
            });
            return loss.value();
        } finally {
            onEach(passes, TrainingPass::close);
        }
    }

    /** Of each kind. */
    private static List<float[]> logits(List<TrainingPass> passes, int parts) {
        var logits = new ArrayList<float[]>();
        for (int from = 0; from < passes.size(); from += parts) {
            logits.add(Halves.joined(passes.subList(from, from + parts).stream()
                    .map(TrainingPass::logits)
                    .toList()));
        }
        return logits;
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
    private void update(List<TrainingPass> passes, int parts, Weights weights, Weights momentum, Optimizer optimizer) {
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
            for (int i = 0; i < passes.size(); i += parts) { // all parts of a kind know the same
                passes.get(i).moveStatistics();
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
