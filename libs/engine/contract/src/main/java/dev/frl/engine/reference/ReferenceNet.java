package dev.frl.engine.reference;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet;
import dev.frl.engine.Samples;
import dev.frl.engine.TrainBatch;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.util.Locale;

/** A net in plain loops. */
final class ReferenceNet implements RobustNet {
    private final Architecture architecture;
    private Weights weights = Weights.copyOf(NamedTensors.empty());
    private Weights momentum = Weights.copyOf(NamedTensors.empty());
    private boolean closed;

    ReferenceNet(Architecture architecture) {
        this.architecture = architecture;
    }

    @Override
    public Architecture architecture() {
        return architecture;
    }

    @Override
    public NamedTensors state() {
        requireOpen();
        return weights.copyOut();
    }

    @Override
    public void load(NamedTensors state) {
        requireOpen();
        architecture.requireFits(state);
        weights = Weights.copyOf(state);
    }

    @Override
    public NamedTensors optimizerState() {
        requireOpen();
        return momentum.copyOut();
    }

    @Override
    public void loadOptimizer(NamedTensors optimizerState) {
        requireOpen();
        architecture.requireFitsOptimizer(optimizerState);
        momentum = Weights.copyOf(optimizerState);
    }

    @Override
    public float[] logits(float[] images, int count) {
        requireImages(images, count);
        var logits = Pass.evaluation(architecture, weights).forward(images, count);
        var rounded = new float[logits.length];
        for (int i = 0; i < logits.length; i++) {
            rounded[i] = (float) logits[i];
            requireFinite(rounded[i], "logits");
        }
        return rounded;
    }

    @Override
    public float[] attack(Samples samples, AttackSettings settings) {
        requireImages(samples.images(), samples.count());
        architecture.requireAttackable(settings);
        int pixels = architecture.pixels();
        var adversarial = new float[samples.images().length];
        for (int i = 0; i < samples.count(); i++) {
            var attack = new ReferenceAttack(architecture, weights, samples, i, settings);
            for (int k = 0; k < settings.stepsTaken(); k++) {
                attack.step();
            }
            System.arraycopy(attack.result(), 0, adversarial, i * pixels, pixels);
        }
        return adversarial;
    }

    @Override
    public Predictions evaluate(Samples samples, AttackSettings settings) {
        requireImages(samples.images(), samples.count());
        architecture.requireAttackable(settings);
        var clean = new int[samples.count()];
        var attacked = new int[samples.count()];
        for (int i = 0; i < samples.count(); i++) {
            int label = samples.labels()[i];
            var attack = new ReferenceAttack(architecture, weights, samples, i, settings);
            clean[i] = attack.predictedClean();
            attacked[i] = clean[i] == label ? attack.predicted() : clean[i];
            for (int k = 0; k < settings.stepsTaken() && attacked[i] == label; k++) {
                attack.step();
                attacked[i] = attack.predicted();
            }
        }
        return new Predictions(clean, attacked);
    }

    @Override
    public double trainStep(TrainBatch batch, TrainStep step) {
        requireImages(batch.samples().images(), batch.samples().count());
        architecture.requireTrainable(batch.samples().count());
        var gradients = new Gradients();
        double loss = switch (step.method()) {
            case NATURAL -> crossEntropyStep(batch, batch.samples().images(), batch.standardWeights(), gradients);
            case PGD_AT -> {
                var mean = new ReferenceLoss(batch, architecture.classes()).meanWeights();
                yield crossEntropyStep(batch, attack(batch.samples(), step.attack()), mean, gradients);
            }
            case TRADES -> trades(batch, step, gradients);
        };
        weights.forEachParameter(name -> {
            for (double gradient : gradients.of(name, weights.floats(name).length)) {
                requireFinite(gradient, "gradient of " + name);
            }
        });
        update(gradients, step);
        return loss;
    }

    /** Cross-entropy on one kind of images, for natural training and pgd-at. */
    private double crossEntropyStep(TrainBatch batch, float[] images, float[] sampleWeights, Gradients gradients) {
        int count = batch.samples().count();
        var pass = Pass.training(architecture, weights);
        var logits = pass.forward(images, count);
        var logitGradient = new double[logits.length];
        double loss =
                new ReferenceLoss(batch, architecture.classes()).crossEntropy(logits, sampleWeights, logitGradient);
        requireFinite(loss, "loss");
        pass.backward(logitGradient, gradients);
        return loss;
    }

    /** The natural images come first, so batch norm's running statistics move towards theirs first. */
    private double trades(TrainBatch batch, TrainStep step, Gradients gradients) {
        int count = batch.samples().count();
        var adversarialImages = attack(batch.samples(), step.attack());
        var natural = Pass.training(architecture, weights);
        var adversarial = Pass.training(architecture, weights);
        var naturalLogits = natural.forward(batch.samples().images(), count);
        var adversarialLogits = adversarial.forward(adversarialImages, count);
        var naturalGradient = new double[naturalLogits.length];
        var adversarialGradient = new double[naturalLogits.length];
        var losses = new ReferenceLoss(batch, architecture.classes());
        double loss = losses.crossEntropy(naturalLogits, batch.standardWeights(), naturalGradient)
                + losses.divergence(
                        naturalLogits, adversarialLogits, step.beta(), naturalGradient, adversarialGradient);
        requireFinite(loss, "loss");
        natural.backward(naturalGradient, gradients);
        adversarial.backward(adversarialGradient, gradients);
        return loss;
    }

    /** One step of {@link dev.frl.core.settings.OptimizerSettings}. */
    private void update(Gradients gradients, TrainStep step) {
        if (momentum.copyOut().isEmpty()) {
            momentum = weights.zerosLikeParameters(Architecture.MOMENTUM_BUFFER);
        }
        weights.forEachParameter(name -> {
            var w = weights.floats(name);
            var v = momentum.floats(Architecture.MOMENTUM_BUFFER + name);
            var g = gradients.of(name, w.length);
            double momentumFactor = step.optimizer().momentum();
            for (int i = 0; i < w.length; i++) {
                double d = g[i] + step.optimizer().weightDecay() * w[i];
                v[i] = (float) (momentumFactor * v[i] + d);
                w[i] -= (float)
                        (step.learningRate() * (step.optimizer().nesterov() ? d + momentumFactor * v[i] : v[i]));
            }
        });
    }

    @Override
    public void close() {
        closed = true;
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the net is closed");
        }
    }

    private void requireImages(float[] images, int count) {
        requireOpen();
        if (images.length != count * architecture.pixels()) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%d images need %d values, got %d",
                    count,
                    count * architecture.pixels(),
                    images.length));
        }
    }

    private static void requireFinite(double value, String where) {
        if (!Double.isFinite(value)) {
            throw new NotFiniteException(where);
        }
    }
}
