package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.NUMBER;
import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.AveragingSettings;
import dev.frl.core.settings.AveragingSettings.Evaluated;
import dev.frl.core.settings.AveragingSettings.Every;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code spec.training.averaging}. */
public final class AveragingKeys {
    private AveragingKeys() {}

    static final Section SECTION = new Section();
    private static final Group AVERAGING = SECTION.group(
            "spec.training.averaging",
            "Exponential moving average of the weights: average ← decay · average + (1 − decay) · weights. The test evaluates the"
                    + " average. Without this group weights are not averaged; `averaging: {}` takes all defaults.");

    public static final Key<Double> DECAY = AVERAGING
            .key("decay", NUMBER)
            .in(AveragingSettings.DECAY_RANGE)
            .byDefault(AveragingSettings.DECAY)
            .from(averaging(AveragingSettings::decay))
            .means("Share of the old average that is kept.");
    public static final Key<Every> EVERY = AVERAGING
            .key("every", choice(Every.class))
            .byDefault(AveragingSettings.EVERY)
            .from(averaging(AveragingSettings::every))
            .means("How often the average is updated.");
    public static final Key<Evaluated> EVALUATED = AVERAGING
            .key("evaluated", choice(Evaluated.class))
            .byDefault(AveragingSettings.EVALUATED)
            .from(averaging(AveragingSettings::evaluated))
            .means("Which weights are evaluated on validation images after every epoch.");

    private static <T> Function<RunSettings, @Nullable T> averaging(Function<AveragingSettings, T> part) {
        return s -> {
            var averaging = s.training().averaging();
            return averaging == null ? null : part.apply(averaging);
        };
    }

    /** Null without the group. */
    static @Nullable AveragingSettings settings(Resolution r) {
        if (!r.values().hasGroup(AVERAGING.path())) {
            return null;
        }
        return r.build(AVERAGING.path(), g -> new AveragingSettings(g.get(DECAY), g.get(EVERY), g.get(EVALUATED)));
    }
}
