package dev.frl.core.settings;

/**
 * Stochastic gradient descent as PyTorch does it: v ← momentum v + (g + weightDecay w); w ← w − learningRate v.
 *
 * @param learningRate before any schedule, in (0, 10]
 * @param momentum in [0, 1)
 * @param weightDecay applied to every parameter, in [0, 1)
 */
public record OptimizerSettings(double learningRate, double momentum, double weightDecay) {
    /** Momentum and weight decay of the authors' code. */
    public static final double MOMENTUM = 0.9;

    public static final double WEIGHT_DECAY = 5e-4;
    public static final double LEARNING_RATE = 0.01;
    public static final OptimizerSettings DEFAULT = new OptimizerSettings(LEARNING_RATE, MOMENTUM, WEIGHT_DECAY);

    public OptimizerSettings {
        new Problems()
                .unless(learningRate > 0 && learningRate <= 10, "learningRate", learningRate, "in (0, 10]")
                .unless(momentum >= 0 && momentum < 1, "momentum", momentum, "in [0, 1)")
                .unless(weightDecay >= 0 && weightDecay < 1, "weightDecay", weightDecay, "in [0, 1)")
                .throwIfAny();
    }
}
