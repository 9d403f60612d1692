package dev.frl.trainer;

import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Exponential moving average of weights and running statistics: average ← decay · average + (1 − decay) · weights. It starts
 * with the first weights. Integers (the batch counts of batch norm) are not averaged; the latest value is kept.
 */
final class WeightAverage {
    private final double decay;
    private @Nullable NamedTensors average;

    /** @param average current average; null before the first weights */
    WeightAverage(double decay, @Nullable NamedTensors average) {
        this.decay = decay;
        this.average = average;
    }

    void add(NamedTensors weights) {
        var before = average;
        if (before == null) {
            average = weights;
            return;
        }
        var next = new LinkedHashMap<String, Tensor>();
        weights.asMap()
                .forEach((name, tensor) ->
                        next.put(name, tensor instanceof Floats now ? moved((Floats) before.get(name), now) : tensor));
        average = NamedTensors.of(next);
    }

    private Floats moved(Floats before, Floats now) {
        var values = new float[now.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (decay * before.values()[i] + (1 - decay) * now.values()[i]);
        }
        return new Floats(List.copyOf(now.shape()), values);
    }

    /** The current average; null before the first weights. */
    @Nullable
    NamedTensors average() {
        return average;
    }
}
