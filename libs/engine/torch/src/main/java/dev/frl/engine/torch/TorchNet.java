package dev.frl.engine.torch;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.NetBackend;
import dev.frl.engine.kit.threads.Workers;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A net that libtorch trains and attacks. */
final class TorchNet implements NetBackend {
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
    public NamedTensors state() {
        return workers.one(() -> weights.copyOut(architecture.shapes()));
    }

    @Override
    public void load(NamedTensors state) {
        forgetFrozen();
        weights.close();
        weights = workers.one(() -> new Weights(architecture, state));
    }

    @Override
    public NamedTensors optimizerState() {
        var velocity = momentum;
        return velocity == null
                ? NamedTensors.empty()
                : workers.one(() -> velocity.copyOut(architecture.optimizerShapes()));
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        if (momentum != null) {
            momentum.close();
        }
        momentum = optimizerState.isEmpty() ? null : workers.one(() -> Weights.momentum(architecture, optimizerState));
    }

    @Override
    public float[] logits(float[] images, int count) {
        return attacks().logits(images, count);
    }

    @Override
    public float[] attack(Samples samples, AttackSettings attack) {
        return attacks().attack(samples, attack);
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings attack) {
        return attacks().evaluate(samples, attack);
    }

    @Override
    public double step(List<float[]> images, int count, TrainingLoss.OfLogits loss, TrainStep step) {
        forgetFrozen(); // it shares memory with the weights
        return trainer.step(images, count, loss, weights, velocity(), step);
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
