package dev.frl.spec;

import dev.frl.core.settings.AttackSettings;
import dev.frl.core.settings.AttackSettings.Loss;
import dev.frl.core.settings.AttackSettings.Norm;
import dev.frl.core.settings.Attacks;
import dev.frl.core.settings.DatasetSettings.SplitSettings;
import dev.frl.core.settings.DatasetSettings.SplitSettings.SplitMethod;
import dev.frl.core.settings.MixtureSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.Catalogue.DatasetShape;
import dev.frl.spec.group.AttackGroup;
import dev.frl.spec.group.AttackKeys;
import dev.frl.spec.group.AugmentationKeys;
import dev.frl.spec.group.DatasetKeys;
import dev.frl.spec.group.ModelKeys;
import dev.frl.spec.group.TrainingKeys;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.Values.Value;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.Numbers;
import dev.frl.spec.tree.Suggestions;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Checks settings against the data sets and nets of a catalogue. For one spec; asks the catalogue once per name. */
final class FitChecks {
    private final Catalogue catalogue;
    private final Found found;
    private final Map<List<Object>, Optional<DatasetShape>> shapes = new HashMap<>();
    private final Map<List<String>, Optional<String>> misfits = new HashMap<>();

    FitChecks(Catalogue catalogue, Found found) {
        this.catalogue = catalogue;
        this.found = found;
    }

    /** Empty if the data set is not named or unknown; then that was noted. */
    Optional<DatasetShape> shape(Values values) {
        Value value = values.at(DatasetKeys.NAME.path());
        if (value == null || !(value.value() instanceof String name)) {
            return Optional.empty();
        }
        int dimensions = values.get(DatasetKeys.MIXTURE_D, MixtureSettings.DEFAULT.d());
        int possible = Math.max(1, Math.min(MixtureSettings.MOST_DIMENSIONS, dimensions));
        var shape = shapes.computeIfAbsent(List.of(name, possible), k -> catalogue.dataset(name, possible));
        if (shape.isEmpty()) {
            unknown(value, name, "data set", catalogue.datasets());
        }
        return shape;
    }

    private void unknown(Value value, String name, String what, Collection<String> known) {
        String hint = Suggestions.closest(name, known)
                .map(n -> " Did you mean " + n + "?")
                .orElse("");
        String all = known.isEmpty() ? "there is none at all" : "known: " + String.join(", ", known);
        found.add(
                value.line(),
                value.path(),
                String.format(Locale.ROOT, "is %s; there is no such %s; %s.%s", Node.shown(name), what, all, hint));
    }

    /** @param shape as {@link #shape} found it */
    void check(Values values, RunSettings settings, Optional<DatasetShape> shape) {
        architecture(values, shape);
        var split = settings.dataset().split();
        boolean trainable = true;
        if (shape.isPresent()) {
            classes(values, shape.get());
            losses(values, shape.get());
            radii(values, settings.attack(), shape.get());
            crop(values, settings.training().augmentation().crop(), shape.get());
            trainable = split.equals(DatasetKeys.REFUSED) || sizes(values, split, shape.get());
        }
        if (trainable) {
            atMost(
                    values,
                    TrainingKeys.BATCH_SIZE,
                    settings.training().batchSize(),
                    split.train(),
                    "images to train on");
        }
        int shards = settings.attack().validation().shards();
        atMost(values, AttackKeys.VALIDATION.shards(), shards, split.validation(), "validation images");
        int testShards = settings.attack().test().shards();
        atMost(values, AttackKeys.TEST.shards(), testShards, split.test(), "test images");
    }

    private void architecture(Values values, Optional<DatasetShape> shape) {
        Value value = values.at(ModelKeys.ARCH.path());
        if (value == null || !(value.value() instanceof String name)) {
            return;
        }
        if (!catalogue.architectures().contains(name)) {
            unknown(value, name, "architecture", catalogue.architectures());
            return;
        }
        shape.flatMap(s -> misfits.computeIfAbsent(List.of(name, s.toString()), k -> catalogue.whyNotFit(name, s)))
                .ifPresent(why ->
                        found.add(value.line(), value.path(), String.format(Locale.ROOT, "is %s, but %s", name, why)));
    }

    private void classes(Values values, DatasetShape shape) {
        Value value = values.at(ModelKeys.CLASSES.path());
        if (value != null && value.value() instanceof Integer classes && classes != shape.classes()) {
            found.add(
                    value.line(),
                    value.path(),
                    String.format(
                            Locale.ROOT,
                            "is %d, but %s has %d classes; write %d or leave the key out",
                            classes,
                            name(values),
                            shape.classes(),
                            shape.classes()));
        }
    }

    private void losses(Values values, DatasetShape shape) {
        for (var key : List.of(
                AttackKeys.TRAINING.loss(),
                AttackKeys.VALIDATION.attack().loss(),
                AttackKeys.TEST.attack().loss())) {
            Value value = values.at(key.path());
            if (value != null && value.value() instanceof Loss loss && shape.classes() < loss.leastClasses()) {
                found.add(
                        value.line(),
                        value.path(),
                        String.format(
                                Locale.ROOT,
                                "is %s, which needs %d classes at least, but %s has %d; write %s",
                                loss.label(),
                                loss.leastClasses(),
                                name(values),
                                shape.classes(),
                                Loss.CW.label()));
            }
        }
    }

    /** Says it once, where the radius was written: others follow from it. */
    private void radii(Values values, Attacks attacks, DatasetShape shape) {
        radius(values, AttackKeys.TRAINING, attacks.training(), shape);
        radius(values, AttackKeys.VALIDATION.attack(), attacks.validation().attack(), shape);
        radius(values, AttackKeys.TEST.attack(), attacks.test().attack(), shape);
    }

    private void radius(Values values, AttackGroup keys, AttackSettings attack, DatasetShape shape) {
        Value value = values.at(keys.epsilon().path());
        double farthest = Math.sqrt((double) shape.channels() * shape.height() * shape.width());
        if (value != null && attack.norm() == Norm.L2 && attack.epsilon() > farthest) {
            found.add(
                    value.line(),
                    value.path(),
                    String.format(
                            Locale.ROOT,
                            "is %s, but no two images of %s are farther apart than %s in l2",
                            Node.shown(value.text()),
                            name(values),
                            Numbers.shortest(Math.floor(farthest * 100) / 100)));
        }
    }

    private void crop(Values values, int crop, DatasetShape shape) {
        if (crop > 0 && crop >= Math.min(shape.height(), shape.width())) {
            problem(
                    values,
                    AugmentationKeys.CROP,
                    crop,
                    String.format(
                            Locale.ROOT,
                            ", but images of %s are %d x %d pixels; it must be less than both",
                            name(values),
                            shape.height(),
                            shape.width()));
        }
    }

    /** @return whether training and validation images are as many as there are */
    private boolean sizes(Values values, SplitSettings split, DatasetShape shape) {
        if (split.test() > shape.test()) {
            problem(
                    values,
                    DatasetKeys.TEST,
                    split.test(),
                    String.format(Locale.ROOT, "; %s has %d test images", name(values), shape.test()));
        }
        if ((long) split.train() + split.validation() <= shape.train()) {
            shares(values, split, shape);
            return true;
        }
        boolean restGiven =
                values.at(DatasetKeys.TRAIN.path()) == null && values.at(DatasetKeys.VALIDATION.path()) != null;
        String why = String.format(
                Locale.ROOT,
                "; with %s, that is more than the %d training images of %s",
                restGiven ? "1 at least to train on" : split.validation() + " for validation",
                shape.train(),
                name(values));
        problem(
                values,
                restGiven ? DatasetKeys.VALIDATION : DatasetKeys.TRAIN,
                restGiven ? split.validation() : split.train(),
                why);
        return false;
    }

    /** Whether validation takes equally many images of every class, and training some of each. */
    private void shares(Values values, SplitSettings split, DatasetShape shape) {
        if (split.method() == SplitMethod.SEEDED) {
            return;
        }
        int each = split.validation() / shape.classes();
        if (split.validation() % shape.classes() != 0) {
            problem(
                    values,
                    DatasetKeys.VALIDATION,
                    split.validation(),
                    String.format(
                            Locale.ROOT,
                            "; %s takes as many of each of the %d classes of %s, so write a multiple: %d",
                            split.method().label(),
                            shape.classes(),
                            name(values),
                            Math.max(1, each) * shape.classes()));
        } else if (each >= shape.smallestClass()) {
            problem(
                    values,
                    DatasetKeys.VALIDATION,
                    split.validation(),
                    String.format(
                            Locale.ROOT,
                            ", %d of each class; the smallest class of %s has %d training images, and some must be left to train on",
                            each,
                            name(values),
                            shape.smallestClass()));
        }
    }

    private void atMost(Values values, Key<Integer> key, int value, int images, String what) {
        if (value > images) {
            problem(values, key, value, String.format(Locale.ROOT, ", more than the %d %s", images, what));
        }
    }

    private void problem(Values values, Key<Integer> key, int effective, String why) {
        Value value = values.at(key.path());
        if (value != null && value.value() != null) {
            found.add(value.line(), value.path(), String.format(Locale.ROOT, "is %d%s", effective, why));
        } else if (value == null) {
            found.add(
                    values.lineAround(key.path()),
                    key.path(),
                    String.format(Locale.ROOT, "is %d by default%s", effective, why));
        }
    }

    private static String name(Values values) {
        Value value = values.at(DatasetKeys.NAME.path());
        return value == null ? "the data set" : value.text();
    }
}
