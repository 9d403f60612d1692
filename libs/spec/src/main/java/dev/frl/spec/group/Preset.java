package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.choice;

import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.FrlSettings;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.Named;
import dev.frl.core.settings.OptimizerSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution.Fallbacks;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Settings that were published together, under one name. A preset stands between the spec and the defaults: it fills in what the
 * spec leaves out.
 *
 * <p>Source of all three: the code of Xu et al. (2021), hannxu123/fair_robust at a80547d, as its scripts run without arguments.
 * Their rate falls at epochs 40 and 80, which 40 epochs do not reach. The script for Remargin alone is no longer in their code;
 * its preset has the values of the script for both. Data set, net, radius and the robust net to start from are not part of a
 * preset; the augmentation is, for the authors' data set.
 */
public enum Preset implements Named, Fallbacks {
    XU_2021_REWEIGHT("xu-2021-reweight", Policy.FRL_REWEIGHT),
    XU_2021_REMARGIN("xu-2021-remargin", Policy.FRL_REMARGIN),
    XU_2021_REWEIGHT_REMARGIN("xu-2021-reweight-remargin", Policy.FRL_REWEIGHT_REMARGIN);

    static final Section SECTION = new Section();
    private static final Group SPEC = SECTION.group("spec", "What is run.");

    /** {@code spec.preset}. */
    public static final Key<Preset> KEY = SPEC.key("preset", choice(Preset.class))
            .means(
                    "Published settings by name; see [Presets](#presets). A preset fills in what the spec leaves out; the spec"
                            + " wins.");

    private final String label;
    private final Policy policy;

    Preset(String label, Policy policy) {
        this.label = label;
        this.policy = policy;
    }

    @Override
    public String label() {
        return label;
    }

    /** The authors' loader crops and flips. It loads CIFAR-10 only, so a preset augments no other data set. */
    public static AugmentationSettings augmentation(String dataset) {
        return dataset.equals("cifar10") ? AugmentationSettings.USUAL : AugmentationSettings.NONE;
    }

    /** Its values by key, each of the key's own type. Not a field: the keys list the presets while they are set up. */
    public Map<Key<?>, Object> settings() {
        var fairness = FrlSettings.defaults(policy); // the authors' own, as that record says
        var values = new LinkedHashMap<Key<?>, Object>();
        values.put(TrainingKeys.METHOD, MethodName.TRADES);
        values.put(TrainingKeys.BETA, 1.5);
        values.put(TrainingKeys.EPOCHS, 40);
        values.put(TrainingKeys.BATCH_SIZE, 128);
        values.put(OptimizerKeys.LEARNING_RATE, 0.001);
        values.put(OptimizerKeys.MOMENTUM, OptimizerSettings.MOMENTUM);
        values.put(OptimizerKeys.WEIGHT_DECAY, OptimizerSettings.WEIGHT_DECAY);
        values.put(ScheduleGroup.OF_TRAINING.name(), Curve.CONSTANT);
        values.put(FairnessKeys.POLICY, policy);
        values.put(FairnessKeys.TOLERANCE, FrlSettings.defaultTolerance(policy));
        values.put(FairnessKeys.CAP, fairness.cap());
        values.put(FairnessKeys.STANDARD_RATE, fairness.rates().standard());
        values.put(FairnessKeys.BOUNDARY_RATE, fairness.rates().boundary());
        values.put(FairnessKeys.MARGIN_RATE, fairness.rates().margin());
        values.put(FairnessKeys.HALVE_EVERY, fairness.rates().halveEvery());
        values.put(FairnessKeys.MARGIN_FLOOR, fairness.marginFloor());
        values.put(FairnessKeys.MARGIN_CEILING, fairness.marginCeiling());
        return Collections.unmodifiableMap(values);
    }

    /** Its value of the key, if it has one. */
    @Override
    @SuppressWarnings("unchecked") // settings() has each value of its key's type
    public <T> Optional<T> find(Key<T> key) {
        return Optional.ofNullable((T) settings().get(key));
    }
}
