package dev.frl.spec;

import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.FairnessSettings;
import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.core.settings.LearningRateSchedule.Curve;
import dev.frl.core.settings.Named;
import dev.frl.core.settings.OptimizerSettings;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Settings that were published together, under one name. A preset stands between the spec and the defaults: it says what the
 * spec does not.
 *
 * <p>Source of all three: the code of Xu et al. (2021), hannxu123/fair_robust at a80547d, as its scripts run without arguments.
 * Their rate falls at epochs 40 and 80, which 40 epochs do not reach. The script for Remargin alone is gone from there; it
 * takes what the script for both has. Images, net, radius and the robust net to begin from are no part of a preset;
 * what is done to images is, where they are the authors'.
 */
enum Preset implements Named {
    XU_2021_REWEIGHT("xu-2021-reweight", Policy.FRL_REWEIGHT),
    XU_2021_REMARGIN("xu-2021-remargin", Policy.FRL_REMARGIN),
    XU_2021_REWEIGHT_REMARGIN("xu-2021-reweight-remargin", Policy.FRL_REWEIGHT_REMARGIN);

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

    /** The authors' loader crops and flips; it only ever loads CIFAR-10, so that is what this is part of. */
    static AugmentationSettings augmentation(String dataset) {
        return dataset.equals("cifar10") ? AugmentationSettings.USUAL : AugmentationSettings.NONE;
    }

    /** What it says, key by key, each of the key's own type. Not a field: {@link Keys} lists the presets while it is set up. */
    Map<Key<?>, Object> settings() {
        var fairness = FairnessSettings.defaults(policy); // the authors' own, as that record says
        var values = new LinkedHashMap<Key<?>, Object>();
        values.put(Keys.METHOD, MethodName.TRADES);
        values.put(Keys.BETA, 1.5);
        values.put(Keys.EPOCHS, 40);
        values.put(Keys.BATCH_SIZE, 128);
        values.put(Keys.LEARNING_RATE, 0.001);
        values.put(Keys.MOMENTUM, OptimizerSettings.MOMENTUM);
        values.put(Keys.WEIGHT_DECAY, OptimizerSettings.WEIGHT_DECAY);
        values.put(Keys.SCHEDULE.name(), Curve.CONSTANT);
        values.put(Keys.POLICY, policy);
        values.put(Keys.TOLERANCE, FairnessSettings.defaultTolerance(policy));
        values.put(Keys.CAP, fairness.cap());
        values.put(Keys.STANDARD_RATE, fairness.rates().standard());
        values.put(Keys.BOUNDARY_RATE, fairness.rates().boundary());
        values.put(Keys.MARGIN_RATE, fairness.rates().margin());
        values.put(Keys.HALVE_EVERY, fairness.rates().halveEvery());
        values.put(Keys.MARGIN_FLOOR, fairness.marginFloor());
        values.put(Keys.MARGIN_CEILING, fairness.marginCeiling());
        return Collections.unmodifiableMap(values);
    }

    /** What it says of the key, if anything. */
    @SuppressWarnings("unchecked") // settings() has each value of its key's type
    <T> Optional<T> find(Key<T> key) {
        return Optional.ofNullable((T) settings().get(key));
    }
}
