package dev.frl.engine.kit;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.List;
import java.util.Locale;

/**
 * A {@link RobustNet} on an engine's computation: checks all arguments, and composes a training step from attack, loss and
 * update.
 */
public final class CheckedNet implements RobustNet {
    private final Architecture architecture;
    private final NetBackend backend;
    private boolean closed;

    public CheckedNet(Architecture architecture, NetBackend backend) {
        this.architecture = architecture;
        this.backend = backend;
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public NamedTensors state() {
        requireOpen();
        return backend.state();
    }

    @Override
    public void load(NamedTensors state) {
        requireOpen();
        architecture.requireFits(state);
        backend.load(state);
    }

    @Override
    public NamedTensors optimizerState() {
        requireOpen();
        return backend.optimizerState();
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        requireOpen();
        architecture.requireFitsOptimizer(optimizerState);
        backend.loadOptimizer(optimizerState);
    }

    @Override
    public float[] logits(float[] images, int count) {
        requireOpen();
        requireImages(images, count);
        return backend.logits(images, count);
    }

    @Override
    public float[] attack(Samples samples, AttackSettings attack) {
        requireOpen();
        architecture.requireAttackable(attack);
        requireImages(samples.images(), samples.count());
        return backend.attack(samples, attack);
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings attack) {
        requireOpen();
        architecture.requireAttackable(attack);
        requireImages(samples.images(), samples.count());
        return backend.evaluate(samples, attack);
    }

    @Override
    public double trainStep(TrainBatch batch, TrainStep step) {
        requireOpen();
        var samples = batch.samples();
        architecture.requireTrainable(samples.count());
        requireImages(samples.images(), samples.count());
        return switch (step.method()) {
            case NATURAL -> crossEntropyStep(batch, samples.images(), batch.standardWeights(), step);
            case PGD_AT -> crossEntropyStep(batch, adversarial(batch, step), TrainingLoss.meanWeights(batch), step);
            case TRADES ->
                backend.step(
                        List.of(samples.images(), adversarial(batch, step)),
                        samples.count(),
                        logits -> TrainingLoss.trades(logits.get(0), logits.get(1), batch, step.beta()),
                        step);
        };
    }

    private float[] adversarial(TrainBatch batch, TrainStep step) {
        architecture.requireAttackable(step.attack());
        return backend.attack(batch.samples(), step.attack());
    }

    private double crossEntropyStep(TrainBatch batch, float[] images, float[] sampleWeights, TrainStep step) {
        int[] labels = batch.samples().labels();
        return backend.step(
                List.of(images),
                labels.length,
                logits -> TrainingLoss.crossEntropy(logits.get(0), labels, sampleWeights),
                step);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the net is closed");
        }
    }

    private void requireImages(float[] images, int count) {
        if (images.length != (long) count * architecture.pixels()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d images for %s have %d x %d x %d values each, %d in all; got %d",
                    count,
                    architecture.name(),
                    architecture.channels(),
                    architecture.height(),
                    architecture.width(),
                    (long) count * architecture.pixels(),
                    images.length));
        }
        NotFiniteException.requireFinite(images, images.length, "images");
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            backend.close();
        }
    }
}
