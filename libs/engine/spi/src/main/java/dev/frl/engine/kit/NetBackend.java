package dev.frl.engine.kit;

import dev.frl.core.settings.AttackSettings;
import dev.frl.engine.NotFiniteException;
import dev.frl.engine.Predictions;
import dev.frl.engine.RobustNet.TrainStep;
import dev.frl.engine.Samples;
import dev.frl.engine.kit.training.TrainingLoss;
import dev.frl.engine.net.NamedTensors;
import java.util.List;

/**
 * The computation of one net in one engine. {@link CheckedNet} calls it, and only with arguments that fit: sizes agree, images
 * are finite, states fit the architecture, and the net has the classes that an attack's loss compares. Methods without a
 * comment are those of {@link dev.frl.engine.RobustNet}.
 */
public interface NetBackend {
    NamedTensors state();

    void load(NamedTensors state);

    NamedTensors optimizerState();

    void loadOptimizer(NamedTensors optimizerState);

    /** @throws NotFiniteException if a logit is not finite */
    float[] logits(float[] images, int count);

    /** @throws NotFiniteException if a logit is not finite */
    float[] attack(Samples samples, AttackSettings attack);

    /** @throws NotFiniteException if a logit is not finite */
    Predictions evaluate(Samples samples, AttackSettings attack);

    /**
     * A forward pass, the loss, a backward pass and the optimizer's update.
     *
     * @param images one batch for each kind of images, natural before adversarial; shape [count, C, H, W]
     * @param count samples of each kind
     * @param loss loss as a function of the logits of each kind
     * @param step gives optimizer and learning rate; its method and attack are already applied
     * @return the loss before the update
     * @throws NotFiniteException if the loss or a gradient is not finite; says which
     */
    double step(List<float[]> images, int count, TrainingLoss.OfLogits loss, TrainStep step);

    /** Called once, and then nothing else. */
    void close();
}
