package dev.frl.spec.group;

import static dev.frl.spec.key.ValueType.FLAG;
import static dev.frl.spec.key.ValueType.INTEGER;

import dev.frl.core.settings.AugmentationSettings;
import dev.frl.core.settings.RunSettings;
import dev.frl.spec.key.Key;
import dev.frl.spec.key.Resolution;
import dev.frl.spec.key.Section;
import dev.frl.spec.key.Section.Group;
import dev.frl.spec.key.Values.Value;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** {@code spec.training.augmentation}. */
public final class AugmentationKeys {
    private AugmentationKeys() {}

    static final Section SECTION = new Section();
    private static final Group AUGMENTATION = SECTION.group(
            "spec.training.augmentation",
            "Augmentation of the training images, also in the warm start. It is drawn again in every epoch, before the images are"
                    + " attacked. Validation and test images are never augmented.");

    public static final Key<Integer> CROP = AUGMENTATION
            .key("crop", INTEGER)
            .in(AugmentationSettings.CROP_RANGE)
            .defaultsTo("0; 4 where a preset meets `cifar10`")
            .from(augmentation(AugmentationSettings::crop))
            .means(
                    "Random crop: pixels of zero padding on each side before a part of the image's own size is cut out. 0 for no"
                            + " crop; less than the image's height and width. 4 is usual for 32 x 32.");
    public static final Key<Boolean> FLIP = AUGMENTATION
            .key("flip", FLAG)
            .defaultsTo("false; true where a preset meets `cifar10`")
            .from(augmentation(AugmentationSettings::flip))
            .means(
                    "Random horizontal flip with probability 1/2. Not for images where left and right differ, such as the digits"
                            + " of `mnist` and `svhn`.");

    /** The group came after the first release: the canonical text has it only where images are augmented. */
    private static <T> Function<RunSettings, @Nullable T> augmentation(Function<AugmentationSettings, T> part) {
        return s -> {
            var augmentation = s.training().augmentation();
            return augmentation.equals(AugmentationSettings.NONE) ? null : part.apply(augmentation);
        };
    }

    static AugmentationSettings settings(Resolution r) {
        Value preset = r.values().at(Preset.KEY.path());
        var otherwise = preset != null && preset.value() instanceof Preset
                ? Preset.augmentation(r.values().get(DatasetKeys.NAME, ""))
                : AugmentationSettings.NONE;
        return r.build(
                AUGMENTATION.path(),
                g -> new AugmentationSettings(g.get(CROP, otherwise.crop()), g.get(FLIP, otherwise.flip())));
    }
}
