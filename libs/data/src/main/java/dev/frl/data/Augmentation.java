package dev.frl.data;

import dev.frl.core.settings.AugmentationSettings;
import java.util.SplittableRandom;

/**
 * Augments images: random crop with zero padding, then random horizontal flip with probability 1/2. The result for an image
 * depends on its own seed alone, and its crop does not depend on whether flips are on. Zeros are black, as in PyTorch's
 * {@code RandomCrop} of pixels in [0, 1].
 */
public final class Augmentation {
    private final int crop;
    private final boolean flip;
    private final int channels;
    private final int height;
    private final int width;

    /**
     * @param channels channels of an image
     * @param height height of an image
     * @param width width of an image
     */
    public Augmentation(AugmentationSettings settings, int channels, int height, int width) {
        this.crop = settings.crop();
        this.flip = settings.flip();
        this.channels = channels;
        this.height = height;
        this.width = width;
    }

    /**
     * Augments images in place.
     *
     * @param images pixel values, [N, C, H, W]
     * @param seeds seed of each image, shape [N]
     */
    public void apply(float[] images, long[] seeds) {
        if (crop == 0 && !flip) {
            return;
        }
        var plane = new float[height * width];
        for (int n = 0; n < seeds.length; n++) {
            var random = new SplittableRandom(seeds[n]);
            int down = offset(random);
            int right = offset(random);
            boolean flipped = random.nextLong() < 0 && flip;
            for (int c = 0; c < channels; c++) {
                int at = (n * channels + c) * plane.length;
                System.arraycopy(images, at, plane, 0, plane.length);
                crop(plane, down, right, flipped, images, at);
            }
        }
    }

    /** Uniform from −crop to crop; the bias is below (2 crop + 1) / 2³¹. {@link Shuffle} says why Java's nextInt is not used. */
    private int offset(SplittableRandom random) {
        return (int) (((random.nextLong() >>> 33) * (2 * crop + 1)) >>> 31) - crop;
    }

    private void crop(float[] plane, int down, int right, boolean flipped, float[] into, int at) {
        for (int h = 0; h < height; h++) {
            for (int w = 0; w < width; w++) {
                int fromRow = h + down;
                int fromColumn = (flipped ? width - 1 - w : w) + right;
                boolean inside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
                into[at + h * width + w] = inside ? plane[fromRow * width + fromColumn] : 0;
            }
        }
    }
}
