package dev.frl.engine;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import java.util.stream.IntStream;

/**
 * A net that can be trained, attacked and evaluated. Not thread-safe: one caller at a time. The engine itself divides the
 * work among its threads. With the same state, arguments and seeds, every method returns the same bits on any number of
 * threads.
 *
 * <p>Methods that take images throw an {@link IllegalArgumentException} if the number of values does not fit the number of
 * images. After {@link #close}, methods that need the net throw an {@link IllegalStateException}.
 */
public interface RobustNet extends AutoCloseable {
    Architecture architecture();

    /** A copy of the current weights and running statistics, under PyTorch's names and in its layouts. */
    NamedTensors state();

    /**
     * Replaces weights and running statistics.
     *
     * @throws StateMismatchException if {@code state} does not fit the architecture; then the net stays unchanged
     */
    void load(NamedTensors state);

    /** A copy of the optimizer's state: {@code momentum_buffer.<parameter>} for each parameter, in the parameter's shape. */
    NamedTensors optimizerState();

    /**
     * Replaces the optimizer's state; an empty one means a fresh optimizer.
     *
     * @throws StateMismatchException if it does not fit the architecture; then the old state is kept
     */
    void loadOptimizer(NamedTensors optimizerState);

    /**
     * Class scores in evaluation mode (running statistics in batch norm).
     *
     * @param images shape [count, C, H, W]
     * @return shape [count, classes]
     * @throws NotFiniteException if an image or a logit is not finite
     */
    float[] logits(float[] images, int count);

    /**
     * Attacks each sample within its own radius and returns the last iterates, or the best iterates if the attack
     * {@link AttackSettings#endsAtBest() ends at the best}. There is no early stop. This is the inner attack of training, and
     * tests compare its results.
     *
     * @return adversarial images, in the shape of {@code samples.images()}, within the radius in the attack's norm and within
     *     [0, 1]
     * @throws NotFiniteException if an image or a logit is not finite
     * @throws IllegalArgumentException if the net has too few classes for the attack's loss
     */
    float[] attack(Samples samples, AttackSettings attack);

    /**
     * Predicts the class of each sample without attack, attacks the samples that are classified correctly, and predicts their
     * class under attack. The attack on a sample ends at its first misclassified iterate, which may be its starting point.
     *
     * @throws NotFiniteException if an image or a logit is not finite
     * @throws IllegalArgumentException if the net has too few classes for the attack's loss
     */
    Predictions evaluate(Samples samples, AttackSettings attack);

    /**
     * Evaluates with several restarts. A sample stays correct only if it is classified correctly in all of them; the first
     * restart that succeeds gives the predicted class, and the sample is not attacked again. Restart 0 is {@link
     * #evaluate(Samples, AttackSettings)} to the bit, restart r has the seeds of {@link Samples#restarted}. So the prediction
     * for a sample does not depend on the other samples.
     *
     * @param restarts at least 1; an attack without randomness runs once, for any number of restarts
     * @throws NotFiniteException if an image or a logit is not finite
     * @throws IllegalArgumentException if the net has too few classes for the attack's loss, or {@code restarts} is below 1
     */
    default Predictions evaluate(Samples samples, AttackSettings attack, int restarts) {
        if (restarts < 1) {
            throw new IllegalArgumentException("restarts must be at least 1, got " + restarts);
        }
        var predictions = evaluate(samples, attack);
        int[] labels = samples.labels();
        int[] attacked = predictions.attacked().clone();
        for (int restart = 1; restart < restarts && attack.isRandom(); restart++) {
            int[] correct = IntStream.range(0, attacked.length)
                    .filter(i -> attacked[i] == labels[i])
                    .toArray();
            if (correct.length == 0) {
                break;
            }
            int[] again = evaluate(samples.restarted(correct, restart), attack).attacked();
            for (int i = 0; i < correct.length; i++) {
                attacked[correct[i]] = again[i];
            }
        }
        return new Predictions(predictions.clean(), attacked);
    }

    /**
     * One training step: inner attack, loss, gradient, optimizer update.
     *
     * @return loss of the batch before the update
     * @throws NotFiniteException if images, loss or gradient are not finite; says which. Discard the net then
     * @throws IllegalArgumentException if batch norm would see a single value per channel, or the net has too few classes
     *     for the attack's loss
     */
    double trainStep(TrainBatch batch, TrainStep step);

    @Override
    void close();

    /**
     * Settings of one training step.
     *
     * @param method the loss
     * @param beta weight of the boundary term of {@code TRADES}; other methods ignore it
     * @param attack the inner attack; {@code NATURAL} ignores it. Its radius is ignored, because each sample has its own; its
     *     step size is used unchanged
     * @param optimizer momentum and weight decay; its learning rate is ignored
     * @param learningRate learning rate of this step, with the schedule already applied
     */
    record TrainStep(
            dev.frl.core.settings.TrainingMethod method,
            double beta,
            AttackSettings attack,
            OptimizerSettings optimizer,
            double learningRate) {}
}
