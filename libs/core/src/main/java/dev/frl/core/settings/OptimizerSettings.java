package dev.frl.core.settings;

/**
 * Stochastic gradient descent as PyTorch does it: v ← momentum v + (g + weightDecay w); w ← w − learningRate v.
 *
 * @param learningRate before any schedule, {@link #LEARNING_RATE_RANGE}
 * @param momentum {@link #MOMENTUM_RANGE}
 * @param weightDecay applied to every parameter, {@link #WEIGHT_DECAY_RANGE}
 */
public record OptimizerSettings(double learningRate, double momentum, double weightDecay) {
    public static final Range LEARNING_RATE_RANGE = Range.openClosed(0, 10);
    public static final Range MOMENTUM_RANGE = Range.closedOpen(0, 1);
    public static final Range WEIGHT_DECAY_RANGE = Range.closedOpen(0, 1);

    /** Momentum and weight decay of the authors' code. */
    public static final double MOMENTUM = 0.9;

    public static final double WEIGHT_DECAY = 5e-4;
    public static final double LEARNING_RATE = 0.01;
    public static final OptimizerSettings DEFAULT = new OptimizerSettings(LEARNING_RATE, MOMENTUM, WEIGHT_DECAY);

    public OptimizerSettings {
        new Problems()
                .in(LEARNING_RATE_RANGE, "learningRate", learningRate)
                .in(MOMENTUM_RANGE, "momentum", momentum)
                .in(WEIGHT_DECAY_RANGE, "weightDecay", weightDecay)
                .throwIfAny();
    }

    public OptimizerSettings withLearningRate(double other) {
        return new OptimizerSettings(other, momentum, weightDecay);
    }
}
