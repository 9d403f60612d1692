package dev.frl.spec;

import dev.frl.core.settings.RunSettings;
import dev.frl.spec.group.AttackKeys;
import dev.frl.spec.group.DatasetKeys;
import dev.frl.spec.group.DatasetKeys.Available;
import dev.frl.spec.group.DeadlineKeys;
import dev.frl.spec.group.FairnessKeys;
import dev.frl.spec.group.ModelKeys;
import dev.frl.spec.group.Preset;
import dev.frl.spec.group.TrainingKeys;
import dev.frl.spec.group.WarmStartKeys;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Resolution.Fallbacks;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.Values.Value;
import org.jspecify.annotations.Nullable;

/** Values to the settings of one run, group by group; each class of keys builds the records of its group. */
final class Resolver {
    /** Stands in for an unknown data set; large, so that no split is too large for it. */
    static final Available ANY = new Available(Integer.MAX_VALUE, Integer.MAX_VALUE);

    private Resolver() {}

    /** @param available images of the data set, which defaults follow from; null if all sizes must be written */
    static RunSettings resolve(Values values, Found found, @Nullable Available available) {
        Value preset = values.at(Preset.KEY.path());
        var fallbacks = preset != null && preset.value() instanceof Preset p ? p : Fallbacks.NONE;
        var implied = new Found();
        var r = new Resolution(values, fallbacks, found, implied);
        var settings = new RunSettings(
                DatasetKeys.settings(r, available),
                ModelKeys.architecture(r),
                TrainingKeys.settings(r),
                WarmStartKeys.settings(r),
                AttackKeys.settings(r),
                FairnessKeys.settings(r),
                DeadlineKeys.settings(r));
        if (found.isEmpty()) {
            implied.inOrder().forEach(p -> found.add(p.line(), p.path(), p.message()));
        }
        return settings;
    }
}
