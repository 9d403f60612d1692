package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.FLAG;
import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.word;

import dev.frl.core.settings.OptimizerSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;

/** {@code spec.training.optimizer}. */
public final class OptimizerKeys {
    private OptimizerKeys() {}

    static final Section SECTION = new Section();
    private static final Group OPTIMIZER = SECTION.group(
            "spec.training.optimizer",
            "Stochastic gradient descent as in PyTorch: d = gradient + weightDecay · w, v ← momentum · v + d, then w ← w −"
                    + " learningRate · v, or with `nesterov` w ← w − learningRate · (d + momentum · v).");

    public static final Key<String> NAME = OPTIMIZER
            .key("name", word("sgd"))
            .byDefault("sgd")
            .from(s -> "sgd")
            .means("Name of the optimizer; there is one so far.");
    public static final Key<Double> LEARNING_RATE = OPTIMIZER
            .key("learningRate", NUMBER)
            .in(OptimizerSettings.LEARNING_RATE_RANGE)
            .byDefault(OptimizerSettings.LEARNING_RATE)
            .from(s -> s.training().optimizer().learningRate())
            .means("Learning rate before the schedule.");
    public static final Key<Double> MOMENTUM = OPTIMIZER
            .key("momentum", NUMBER)
            .in(OptimizerSettings.MOMENTUM_RANGE)
            .byDefault(OptimizerSettings.MOMENTUM)
            .from(s -> s.training().optimizer().momentum())
            .means("Share of the last step that is kept in the next one.");
    public static final Key<Double> WEIGHT_DECAY = OPTIMIZER
            .key("weightDecay", NUMBER)
            .in(OptimizerSettings.WEIGHT_DECAY_RANGE)
            .byDefault(OptimizerSettings.WEIGHT_DECAY)
            .from(s -> s.training().optimizer().weightDecay())
            .means("L2 penalty on every parameter.");
    public static final Key<Boolean> NESTEROV = OPTIMIZER
            .key("nesterov", FLAG)
            .byDefault(OptimizerSettings.NESTEROV)
            .from(s -> s.training().optimizer().nesterov())
            .omittedAtDefault()
            .means("Nesterov momentum. Momentum must be positive.");

    static OptimizerSettings settings(Resolution r) {
        return r.build(
                OPTIMIZER.path(),
                g -> new OptimizerSettings(
                        g.get(LEARNING_RATE), g.get(MOMENTUM), g.get(WEIGHT_DECAY), g.get(NESTEROV)));
    }
}
