package dev.frl.core.settings;

/**
 * Stochastic gradient descent as PyTorch does it: d = g + weightDecay w; v ← momentum v + d; w ← w − learningRate v, or with
 * Nesterov momentum w ← w − learningRate (d + momentum v).
 *
 * @param learningRate before any schedule, {@link #LEARNING_RATE_RANGE}
 * @param momentum {@link #MOMENTUM_RANGE}
 * @param weightDecay applied to every parameter, {@link #WEIGHT_DECAY_RANGE}
 * @param nesterov whether momentum is Nesterov's; momentum must then be positive
 */
public record OptimizerSettings(double learningRate, double momentum, double weightDecay, boolean nesterov) {
    public static final Range LEARNING_RATE_RANGE = Range.openClosed(0, 10);
    public static final Range MOMENTUM_RANGE = Range.closedOpen(0, 1);
    public static final Range WEIGHT_DECAY_RANGE = Range.closedOpen(0, 1);

    /** Momentum and weight decay of the authors' code. */
    public static final double MOMENTUM = 0.9;

    public static final double WEIGHT_DECAY = 5e-4;
    public static final double LEARNING_RATE = 0.01;
    public static final boolean NESTEROV = false;
    public static final OptimizerSettings DEFAULT = new OptimizerSettings(LEARNING_RATE, MOMENTUM, WEIGHT_DECAY);

    public OptimizerSettings {
        new Problems()
                .in(LEARNING_RATE_RANGE, "learningRate", learningRate)
                .in(MOMENTUM_RANGE, "momentum", momentum)
                .in(WEIGHT_DECAY_RANGE, "weightDecay", weightDecay)
                .unless(!nesterov || momentum > 0, "nesterov", nesterov, "false where momentum is 0, as in PyTorch")
                .throwIfAny();
    }

    /** Without Nesterov momentum. */
    public OptimizerSettings(double learningRate, double momentum, double weightDecay) {
        this(learningRate, momentum, weightDecay, NESTEROV);
    }

    public OptimizerSettings withLearningRate(double other) {
        return new OptimizerSettings(other, momentum, weightDecay, nesterov);
    }
}
