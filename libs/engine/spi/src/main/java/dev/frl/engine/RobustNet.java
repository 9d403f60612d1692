package dev.frl.engine;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import java.util.stream.IntStream;

/**
 * A net that can be trained, attacked and asked. Not thread-safe: one caller at a time; the engine itself spreads the work
 * over the threads it was given. Given the same state, arguments and seeds, every method returns the same bits, whatever
 * the number of threads.
 */
public interface RobustNet extends AutoCloseable {
    Architecture architecture();

    /** Weights and running statistics as they are now, copied out; PyTorch names and layouts. */
    NamedTensors state();

    /**
     * Replaces weights and running statistics.
     *
     * @throws StateMismatchException if {@code state} does not fit the architecture; the net is then unchanged
     */
    void load(NamedTensors state);

    /** The optimizer's memory, copied out: {@code momentum_buffer.<parameter>} of each parameter's shape. */
    NamedTensors optimizerState();

    /**
     * Replaces the optimizer's memory; an empty set means a fresh optimizer.
     *
     * @throws StateMismatchException if it does not fit the architecture
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
     * Attacks each sample within its own radius and returns the last iterates, or the best where the attack
     * {@link AttackSettings#endsAtBest() ends there}. No early stop: this is the attack of training, and what tests compare.
     *
     * @return adversarial images, shape of {@code samples.images()}, within the radius in the attack's norm and within [0, 1]
     * @throws NotFiniteException if an image or a logit is not finite
     * @throws IllegalArgumentException if the net has too few classes for the attack's loss
     */
    float[] attack(Samples samples, AttackSettings attack);

    /**
     * Predicts each sample clean, attacks those that are right, and says what became of them. An attack on a sample ends
     * as soon as it is misclassified: at its start or after any step, whatever the last iterate would have been.
     *
     * @throws NotFiniteException if an image or a logit is not finite
     * @throws IllegalArgumentException if the net has too few classes for the attack's loss
     */
    Predictions evaluate(Samples samples, AttackSettings attack);

    /**
     * Evaluates with several restarts: a sample stands only if it withstands all of them, and the first that fells it says
     * where it fell to. A fallen sample is not attacked again. Restart 0 is {@link #evaluate(Samples, AttackSettings)} to the
     * bit, restart r begins as {@link Samples#restarted} says; so a sample's verdict does not depend on its neighbours.
     *
     * @param restarts at least 1; an attack that draws nothing is made once, whatever they are
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
            int[] standing = IntStream.range(0, attacked.length)
                    .filter(i -> attacked[i] == labels[i])
                    .toArray();
            if (standing.length == 0) {
                break;
            }
            int[] again = evaluate(samples.restarted(standing, restart), attack).attacked();
            for (int i = 0; i < standing.length; i++) {
                attacked[standing[i]] = again[i];
            }
        }
        return new Predictions(predictions.clean(), attacked);
    }

    /**
     * One step of training: the inner attack, the loss, its gradient, the optimizer.
     *
     * @return the batch's loss before the step
     * @throws NotFiniteException if images, loss or gradient are not finite; says which. The net must then be discarded.
     * @throws IllegalArgumentException if batch norm would see a single value a channel, or the net has too few classes for
     *     the attack's loss
     */
    double trainStep(TrainBatch batch, TrainStep step);

    @Override
    void close();

    /**
     * How one step is taken.
     *
     * @param method the loss
     * @param beta weight of the boundary term of {@code TRADES}; not used by the others
     * @param attack the inner attack; not used by {@code NATURAL}. Its radius is ignored, each sample brings its own; its
     *     step size is taken as it is
     * @param optimizer momentum and weight decay; its learning rate is ignored
     * @param learningRate of this step, the schedule already applied
     */
    record TrainStep(
            dev.frl.core.settings.TrainingMethod method,
            double beta,
            AttackSettings attack,
            OptimizerSettings optimizer,
            double learningRate) {}
}
