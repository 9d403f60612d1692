package dev.frl.engine.torch;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A net that libtorch trains and attacks. */
final class TorchNet implements RobustNet {
    private final Architecture architecture;
    private final Precision precision;
    private final Workers workers;
    private final TorchTrainer trainer;
    private Weights weights;

    /** Null before the first step. */
    private @Nullable Weights momentum;

    /** Null after the weights have changed. */
    private @Nullable AttackRunner attacks;

    /** @param state already checked to fit */
    TorchNet(Architecture architecture, NamedTensors state, int threads, Precision precision) {
        this.architecture = architecture;
        this.precision = precision;
        this.workers = new Workers("frl-torch", threads, Natives::keepOperationsOnThisThread, () -> {});
        this.trainer = new TorchTrainer(architecture, workers);
        this.weights = workers.one(() -> new Weights(architecture, state));
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public NamedTensors state() {
        return workers.one(() -> weights.copyOut(architecture.shapes()));
    }

    @Override
    public void load(NamedTensors state) {
        architecture.requireFits(state);
        forgetFrozen();
        weights.close();
        weights = workers.one(() -> new Weights(architecture, state));
    }

    @Override
    public NamedTensors optimizerState() {
        var velocity = momentum;
        return velocity == null ? NamedTensors.empty() : workers.one(() -> velocity.copyOut(momentumShapes()));
    }

    private Map<String, List<Integer>> momentumShapes() {
        var shapes = new LinkedHashMap<String, List<Integer>>();
        architecture.shapes().forEach((name, shape) -> {
            if (Architecture.isParameter(name)) {
                shapes.put(Architecture.MOMENTUM_BUFFER + name, shape);
            }
        });
        return shapes;
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        architecture.requireFitsOptimizer(optimizerState);
        if (momentum != null) {
            momentum.close();
        }
        momentum = optimizerState.isEmpty() ? null : workers.one(() -> Weights.momentum(architecture, optimizerState));
    }

    @Override
    public float[] logits(float[] images, int count) {
        NativeFloats.requireFinite(images, "images");
        return attacks().logits(images, count);
    }

    @Override
    public float[] attack(Samples samples, AttackSettings attack) {
        architecture.requireAttackable(attack);
        NativeFloats.requireFinite(samples.images(), "images");
        return attacks().attack(samples, attack);
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings attack) {
        architecture.requireAttackable(attack);
        NativeFloats.requireFinite(samples.images(), "images");
        return attacks().evaluate(samples, attack);
    }

    @Override
    public double trainStep(TrainBatch batch, TrainStep step) {
        var samples = batch.samples();
        architecture.requireTrainable(samples.count());
        NativeFloats.requireFinite(samples.images(), "images");
        return switch (step.method()) {
            case NATURAL -> oneSided(batch, samples.images(), batch.standardWeights(), step);
            case PGD_AT -> oneSided(batch, attack(samples, step.attack()), TrainingLoss.meanWeights(batch), step);
            case TRADES -> {
                var images = List.of(samples.images(), attack(samples, step.attack()));
                forgetFrozen();
                yield trainer.step(
                        images,
                        samples.count(),
                        z -> TrainingLoss.trades(z.get(0), z.get(1), batch, step.beta()),
                        weights,
                        velocity(),
                        optimizer(step));
            }
        };
    }

    /** Cross-entropy on one kind of images, as natural training and pgd-at have it. */
    private double oneSided(TrainBatch batch, float[] images, float[] sampleWeights, TrainStep step) {
        var labels = batch.samples().labels();
        forgetFrozen();
        return trainer.step(
                List.of(images),
                labels.length,
                z -> TrainingLoss.crossEntropy(z.get(0), labels, sampleWeights),
                weights,
                velocity(),
                optimizer(step));
    }

    private static TorchTrainer.Optimizer optimizer(TrainStep step) {
        return new TorchTrainer.Optimizer(step.learningRate(), step.optimizer());
    }

    private Weights velocity() {
        var velocity = momentum == null ? workers.one(() -> Weights.momentum(architecture)) : momentum;
        momentum = velocity;
        return velocity;
    }

    private AttackRunner attacks() {
        if (attacks == null) {
            attacks = workers.one(() -> new AttackRunner(architecture, weights, precision, workers));
        }
        return attacks;
    }

    private void forgetFrozen() {
        if (attacks != null) {
            attacks.close();
            attacks = null;
        }
    }

    @Override
    public void close() {
        forgetFrozen();
        weights.close();
        if (momentum != null) {
            momentum.close();
        }
        workers.close();
    }
}
