package dev.frl.core.settings;

/**
 * Augmentation of the training images, drawn again in every epoch, before the images are attacked. Validation and test images
 * are never augmented.
 *
 * @param crop random crop: pixels of zero padding on each side before a part of the image's own size is cut out,
 *     {@link #CROP_RANGE}; 0 for no crop, less than the image's height and width
 * @param flip random horizontal flip with probability 1/2
 */
public record AugmentationSettings(int crop, boolean flip) {
    public static final Range CROP_RANGE = Range.fromTo(0, 256);
    public static final AugmentationSettings NONE = new AugmentationSettings(0, false);

    /** Usual for images of 32 x 32 pixels, and used by the authors of FRL with CIFAR-10. */
    public static final AugmentationSettings USUAL = new AugmentationSettings(4, true);

    public AugmentationSettings {
        new Problems().in(CROP_RANGE, "crop", crop).throwIfAny();
    }
}
