package dev.frl.core.settings;

/**
 * How training images are varied, each anew in every epoch, before they are attacked. Images by which a run is evaluated never
 * are.
 *
 * @param crop pixels of zeros added on each side before a random part of the image's own size is cut out; 0 for no crop, at
 *     most {@link #MOST_CROP} and less than the image's height and width
 * @param flip whether every other image, by chance, is turned left to right
 */
public record AugmentationSettings(int crop, boolean flip) {
    public static final AugmentationSettings NONE = new AugmentationSettings(0, false);

    /** What images of 32 x 32 pixels usually get; the authors of FRL with CIFAR-10 too. */
    public static final AugmentationSettings USUAL = new AugmentationSettings(4, true);

    public static final int MOST_CROP = 256;

    public AugmentationSettings {
        new Problems()
                .unless(crop >= 0 && crop <= MOST_CROP, "crop", crop, "from 0 to " + MOST_CROP)
                .throwIfAny();
    }
}
