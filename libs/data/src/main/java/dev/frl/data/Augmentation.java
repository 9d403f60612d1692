package dev.frl.data;

import dev.frl.core.settings.AugmentationSettings;
import java.util.SplittableRandom;

/**
 * Varies images: a random crop of the image with zeros around it, then a flip. What becomes of an image depends on its own
 * seed alone, and how it is cropped not on whether images are flipped. Zeros are black, as in PyTorch's {@code RandomCrop} of
 * pixels in [0, 1].
 */
public final class Augmentation {
    private final int crop;
    private final boolean flip;
    private final int channels;
    private final int height;
    private final int width;

    /**
     * @param channels of an image
     * @param height of an image
     * @param width of an image
     */
    public Augmentation(AugmentationSettings settings, int channels, int height, int width) {
        this.crop = settings.crop();
        this.flip = settings.flip();
        this.channels = channels;
        this.height = height;
        this.width = width;
    }

    /**
     * Varies images in place.
     *
     * @param images pixel values, [N, C, H, W]
     * @param seeds shape [N]
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
            boolean turned = random.nextLong() < 0 && flip;
            for (int c = 0; c < channels; c++) {
                int at = (n * channels + c) * plane.length;
                System.arraycopy(images, at, plane, 0, plane.length);
                cut(plane, down, right, turned, images, at);
            }
        }
    }

    /** From −crop to crop, each as likely: the bias is below (2 crop + 1) / 2³¹. See {@link Shuffle} for why not by Java. */
    private int offset(SplittableRandom random) {
        return (int) (((random.nextLong() >>> 33) * (2 * crop + 1)) >>> 31) - crop;
    }

    private void cut(float[] plane, int down, int right, boolean turned, float[] into, int at) {
        for (int h = 0; h < height; h++) {
            for (int w = 0; w < width; w++) {
                int fromRow = h + down;
                int fromColumn = (turned ? width - 1 - w : w) + right;
                boolean inside = fromRow >= 0 && fromRow < height && fromColumn >= 0 && fromColumn < width;
                into[at + h * width + w] = inside ? plane[fromRow * width + fromColumn] : 0;
            }
        }
    }
}
